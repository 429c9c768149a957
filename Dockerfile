# The example app, served on port 8080 by an unprivileged user, with an empty database. What must outlive the
# container lies in two volumes: the database, and (kept apart from it) the key of its audit log.
#   docker build -t writ .
#   docker run -p 8080:8080 -v writ-data:/srv/writ/data -v writ-keys:/srv/writ/keys writ

FROM debian:trixie-slim AS build
WORKDIR /src
COPY dev ./
RUN ./dev setup
COPY . ./
RUN ./dev build

# What any app's image is built on (docs/init.md): docker build --target runtime -t writ:runtime .
FROM debian:trixie-slim AS runtime
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
    libidn2-0 libllhttp9.2 libpcre2-8-0 libseccomp2 libsodium23 libsqlite3-0 libssl3t64 libuv1t64 \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --user-group --no-create-home --home-dir /nonexistent writ
COPY --from=build /src/build/writ /usr/local/bin/writ

FROM runtime
RUN install -d -o writ -g writ -m 700 /srv/writ/data /srv/writ/keys
WORKDIR /srv/writ
COPY writ.json ./
COPY contracts ./contracts
COPY app ./app
USER writ
VOLUME ["/srv/writ/data", "/srv/writ/keys"]
EXPOSE 8080
CMD ["writ", "serve", "--listen", "0.0.0.0:8080"]
