/* The OpenAPI document: what becomes of references and schemas, of the input's fields, of refusals.
 * Each case is a small app, and what must stand at some places of its document. */
#include "temporary_app.h"

#include "base/json.h"
#include "contract/generation.h"
#include "describe/openapi.h"

static const struct app_file base[] = {
    {"contracts/migrations/0001_all.sql",
     "CREATE TABLE users (id TEXT PRIMARY KEY, hash TEXT NOT NULL, role TEXT NOT NULL) STRICT;\n"},
    {"contracts/policy.json",
     "{ \"principal\": \"users.principal\",\n"
     "  \"tables\": { \"users\": { \"owner\": \"id\", \"secret\": [\"hash\"] } } }\n"},
    {"contracts/queries/users.sql", "-- name: principal :one\n"
                                    "SELECT id, role FROM users WHERE id = :principal_id;\n"
                                    "-- name: own :one\n"
                                    "SELECT id, hash FROM users WHERE id = :principal_id;\n"},
};

struct place {
  const char *pointer;
  const char *expected; /* compact JSON; NULL: nothing is there */
};

struct app_case {
  const char *name;
  struct app_file files[8];
  struct place places[12];
};

/* The parts of a contract that cases do not care about. */
#define PUBLIC "\"auth\": \"public\", \"reason\": \"a test\""
#define CONTRACT(route, requires, ensures)                                                         \
  "{ \"summary\": \"A test\", \"route\": \"" route                                                 \
  "\", \"requires\": {" requires "}, \"ensures\": {" ensures "} }"
#define NOTHING_IN  "\"validates\": { \"type\": \"object\", \"properties\": {} }"
#define NOTHING_OUT "\"returns\": { \"204\": null }"

/* What a contract `app/one.json` of this route and these schemas has. */
#define RETURNS(schema) CONTRACT("GET /one", PUBLIC ", " NOTHING_IN, "\"returns\": " schema)
#define ONE             "contracts/app/one.json"
#define REPLY           "/paths/~1one/get/responses/200/content/application~1json/schema"
#define BODY            "/requestBody/content/application~1json/schema"
#define REF(name)       "{\"$ref\":\"#/components/schemas/" name "\"}"

static const struct app_case references[] = {
    {"a file, and definitions within it",
     {{ONE, RETURNS("{ \"$ref\": \"../defs/user.json\" }")},
      {"contracts/defs/user.json",
       "{ \"type\": \"object\", \"properties\": { \"id\": { \"$ref\": \"#/$defs/id\" } },\n"
       "  \"$defs\": { \"id\": { \"type\": \"integer\" }, \"name\": { \"type\": \"string\" } } }"}},
     {{REPLY, REF("User")},
      {"/components/schemas/User", "{\"type\":\"object\",\"properties\":{\"id\":" REF(
                                       "UserId") "},\"additionalProperties\":false}"},
      {"/components/schemas/UserId", "{\"type\":\"integer\"}"},
      {"/components/schemas/UserName", NULL}}},
    {"a part of another file, from a folder below",
     {{"contracts/app/deep/one.json",
       CONTRACT("GET /one", PUBLIC ", " NOTHING_IN,
                "\"returns\": { \"$ref\": \"../../defs/shop/order_line.json#/$defs/id\" }")},
      {"contracts/defs/shop/order_line.json",
       "{ \"type\": \"object\", \"$defs\": { \"id\": { \"$ref\": \"../id.json\" } } }"},
      {"contracts/defs/id.json", "{ \"type\": \"string\" }"}},
     {{REPLY, REF("ShopOrderLineId")},
      {"/components/schemas/ShopOrderLineId", REF("Id")},
      {"/components/schemas/Id", "{\"type\":\"string\"}"},
      {"/components/schemas/ShopOrderLine", NULL}}},
    {"definitions within definitions",
     {{ONE, RETURNS("{ \"$ref\": \"../defs/a.json#/$defs/b/$defs/c\" }")},
      {"contracts/defs/a.json",
       "{ \"$defs\": { \"b\": { \"$defs\": { \"c\": { \"type\": \"null\" } } } } }"}},
     {{REPLY, REF("ABC")}, {"/components/schemas/ABC", "{\"type\":\"null\"}"}}},
    {"the same name from two files: the first in order of the files has it",
     {{ONE, RETURNS("{ \"type\": \"array\", \"prefixItems\": [{ \"$ref\": \"../defs/user_id.json\" "
                    "}, { \"$ref\": \"../defs/user.json#/$defs/id\" }] }")},
      {"contracts/defs/user.json", "{ \"$defs\": { \"id\": { \"type\": \"integer\" } } }"},
      {"contracts/defs/user_id.json", "{ \"type\": \"string\" }"}},
     {{REPLY "/prefixItems", "[" REF("UserId2") "," REF("UserId") "]"},
      {"/components/schemas/UserId", "{\"type\":\"integer\"}"},
      {"/components/schemas/UserId2", "{\"type\":\"string\"}"}}},
    {"Problem is the host's",
     {{ONE, RETURNS("{ \"$ref\": \"../defs/problem.json\" }")},
      {"contracts/defs/problem.json", "{ \"type\": \"string\" }"}},
     {{REPLY, REF("Problem2")}}},
    {"a schema that refers to itself",
     {{ONE, RETURNS("{ \"$ref\": \"../defs/tree.json\" }")},
      {"contracts/defs/tree.json",
       "{ \"type\": \"object\", \"properties\": { \"children\": { \"type\": \"array\",\n"
       "  \"items\": { \"$ref\": \"#\" } } } }"}},
     {{REPLY, REF("Tree")}, {"/components/schemas/Tree/properties/children/items", REF("Tree")}}},
    {"within the contract itself, which has no name of its own",
     {{ONE,
       RETURNS("{ \"type\": \"array\", \"items\": { \"$ref\": \"#/ensures/returns/$defs/x\" }, "
               "\"$defs\": { \"x\": { \"type\": \"integer\" } } }")}},
     {{REPLY, "{\"type\":\"array\",\"items\":" REF("AppOneReturnsX") "}"},
      {"/components/schemas/AppOneReturnsX", "{\"type\":\"integer\"}"}}},
    {"by $anchor and $id, which are needed no more",
     {{ONE, RETURNS("{ \"$ref\": \"../defs/a.json#here\" }")},
      {"contracts/defs/a.json", "{ \"$id\": \"https://x.example/a\", \"$comment\": \"x\", "
                                "\"$defs\": { \"x\": { \"$anchor\": "
                                "\"here\", \"type\": \"string\" } } }"}},
     {{REPLY, REF("AX")}, {"/components/schemas/AX", "{\"type\":\"string\"}"}}},
    {"by $dynamicRef, to where it leads by itself",
     {{ONE, RETURNS("{ \"$ref\": \"../defs/a.json\" }")},
      {"contracts/defs/a.json",
       "{ \"$dynamicAnchor\": \"node\", \"type\": \"array\", \"items\": { \"$dynamicRef\": "
       "\"#node\" } }"}},
     {{"/components/schemas/A/items", REF("A")}}},
    {"by both at once",
     {{ONE, RETURNS("{ \"$ref\": \"../defs/a.json\" }")},
      {"contracts/defs/a.json",
       "{ \"$dynamicAnchor\": \"node\", \"type\": \"array\", \"items\": { \"$dynamicRef\": "
       "\"#node\", \"$ref\": \"#/$defs/x\" }, \"$defs\": { \"x\": {} } }"}},
     {{"/components/schemas/A/items",
       "{\"$ref\":\"#/components/schemas/AXPart\",\"allOf\":[" REF("A") "]}"}}},
    {"to true and false",
     {{ONE, RETURNS("{ \"type\": \"object\", \"properties\": { \"a\": { \"$ref\": "
                    "\"../defs/a.json#/$defs/yes\" } } }")},
      {"contracts/defs/a.json", "{ \"$defs\": { \"yes\": true } }"}},
     {{REPLY "/properties/a", "{}"}}},
};

static const struct app_case schemas[] = {
    {"normalize and passwords",
     {{ONE, CONTRACT("POST /one",
                     PUBLIC ", \"validates\": { \"type\": \"object\", \"properties\": {"
                            "\"name\": { \"type\": \"string\", \"normalize\": [\"trim\"] },"
                            "\"word\": { \"type\": \"string\", \"format\": \"password\" } } }",
                     NOTHING_OUT)}},
     {{"/paths/~1one/post" BODY "/properties",
       "{\"name\":{\"type\":\"string\",\"x-normalize\":[\"trim\"]},\"word\":{\"type\":\"string\","
       "\"format\":\"password\",\"writeOnly\":true}}"},
      {"/paths/~1one/post" BODY "/additionalProperties", "false"},
      {"/paths/~1one/post/x-input", NULL}}},
    {"objects are closed where the host closes them",
     {{ONE,
       RETURNS("{ \"type\": \"object\", \"properties\": {"
               "\"plain\": { \"type\": \"object\", \"properties\": {} },"
               "\"open\": { \"type\": \"object\", \"additionalProperties\": true },"
               "\"text\": { \"type\": \"string\" },"
               "\"listed\": { \"enum\": [{}] },"
               "\"both\": { \"allOf\": [{ \"type\": \"object\" }] },"
               "\"asked\": { \"type\": \"array\", \"contains\": { \"type\": \"object\" } } } }")}},
     {{REPLY "/additionalProperties", "false"},
      {REPLY "/properties/plain/additionalProperties", "false"},
      {REPLY "/properties/open", "{\"type\":\"object\",\"additionalProperties\":true}"},
      {REPLY "/properties/text", "{\"type\":\"string\"}"},
      {REPLY "/properties/listed", "{\"enum\":[{}]}"},
      {REPLY "/properties/both", "{\"allOf\":[{\"type\":\"object\"}],"
                                 "\"unevaluatedProperties\":false}"},
      {REPLY "/properties/asked", "{\"type\":\"array\",\"contains\":{\"type\":\"object\"}}"}}},
    {"whole and as a part, a shared schema is two",
     {{ONE, RETURNS("{ \"type\": \"object\", \"properties\": {"
                    "\"whole\": { \"$ref\": \"../defs/a.json\" },"
                    "\"described\": { \"$ref\": \"../defs/a.json\", \"title\": \"A\" },"
                    "\"part\": { \"allOf\": [{ \"$ref\": \"../defs/a.json\" }] },"
                    "\"more\": { \"$ref\": \"../defs/a.json\", \"minProperties\": 1 },"
                    "\"not\": { \"not\": { \"$ref\": \"../defs/a.json\" } } } }")},
      {"contracts/defs/a.json", "{ \"type\": \"object\", \"properties\": { \"x\": {} } }"}},
     {{REPLY "/properties/whole", REF("A")},
      {REPLY "/properties/described", "{\"$ref\":\"#/components/schemas/A\",\"title\":\"A\"}"},
      {REPLY "/properties/part", "{\"allOf\":[" REF("APart") "],\"unevaluatedProperties\":false}"},
      {REPLY "/properties/more",
       "{\"$ref\":\"#/components/schemas/APart\",\"minProperties\":1,\"unevaluatedProperties\":"
       "false}"},
      {REPLY "/properties/not/not", REF("ALoose")},
      {"/components/schemas/A/additionalProperties", "false"},
      {"/components/schemas/APart/additionalProperties", NULL},
      {"/components/schemas/APart/properties/x", "{\"additionalProperties\":false}"},
      {"/components/schemas/ALoose/properties/x", "{}"}}},
    {"the session's token is in the reply",
     {{ONE,
       CONTRACT("POST /one",
                PUBLIC ", \"rate_limit\": [{ \"limit\": 5, \"per\": \"90s\", \"by\": [\"ip\", "
                       "\"input.name\"] }], \"validates\": { \"type\": \"object\", "
                       "\"properties\": { \"name\": { \"type\": \"string\" }, \"word\": { "
                       "\"type\": \"string\", \"format\": \"password\" } }, \"required\": "
                       "[\"name\", \"word\"] }, \"credentials\": { \"query\": \"users.named\", "
                       "\"password\": \"word\" }",
                "\"returns\": { \"type\": \"object\", \"properties\": {} }, \"audit\": "
                "\"log_in\", \"session\": { \"start\": \"credentials\", \"field\": \"key\", "
                "\"cookie\": true }")},
      {"contracts/queries/users.sql",
       "-- name: principal :one\nSELECT id, role FROM users WHERE id = :principal_id;\n"
       "-- name: named :one\nSELECT id, hash FROM users WHERE id = :name;\n"}},
     {{"/paths/~1one/post/responses/200/content/application~1json/schema",
       "{\"allOf\":[{\"type\":\"object\",\"properties\":{}},{\"type\":\"object\",\"properties\":{"
       "\"key\":{\"description\":\"The new session's token\",\"type\":\"string\",\"pattern\":"
       "\"^[A-Za-z0-9_-]+$\"}},\"required\":[\"key\"]}],\"unevaluatedProperties\":false}"},
      {"/paths/~1one/post/responses/200/headers", "{\"Set-Cookie\":{\"$ref\":"
                                                  "\"#/components/headers/Set-Cookie\"}}"},
      {"/paths/~1one/post/responses/401/$ref", "\"#/components/responses/WrongCredentials\""},
      {"/paths/~1one/post/security", "[]"},
      {"/paths/~1one/post/x-rate-limit",
       "[{\"limit\":5,\"per\":\"90s\",\"by\":[\"ip\",\"input.name\"]}]"},
      {"/components/securitySchemes/cookie/name", "\"sid\""}}},
};

/* Fields `id` from the path, `q` from the query, `a` and `b` from the body. */
#define FIELDS                                                                                     \
  "\"properties\": { \"id\": { \"type\": \"integer\" }, \"q\": { \"type\": \"string\", "           \
  "\"description\": \"Asked\" }, \"a\": { \"type\": \"string\" }, \"b\": { \"type\": \"string\" "  \
  "} "                                                                                             \
  "}, \"required\": [\"id\", \"a\"]"
#define PUT(more, query)                                                                           \
  CONTRACT("PUT /one/{id}",                                                                        \
           PUBLIC ", \"query\": [" query "], \"validates\": { \"type\": \"object\", " FIELDS more  \
                  " }",                                                                            \
           NOTHING_OUT)
#define AT_PUT "/paths/~1one~1{id}/put"

static const struct app_case inputs[] = {
    {"fields go where they come from",
     {{ONE, PUT("", "\"q\"")}},
     {{AT_PUT "/parameters",
       "[{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\"}},"
       "{\"name\":\"q\",\"in\":\"query\",\"description\":\"Asked\",\"schema\":{\"type\":\"string\","
       "\"description\":\"Asked\"}}]"},
      {AT_PUT BODY, "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{"
                    "\"type\":\"string\"}},"
                    "\"required\":[\"a\"],\"additionalProperties\":false}"},
      {AT_PUT "/requestBody/required", "true"},
      {AT_PUT "/x-input", NULL}}},
    {"how many there must be, less those in the path",
     {{ONE, PUT(", \"minProperties\": 2, \"maxProperties\": 3", "")}},
     {{AT_PUT BODY "/minProperties", "1"},
      {AT_PUT BODY "/maxProperties", "2"},
      {AT_PUT "/x-input", NULL}}},
    {"what cannot be split is told as a whole",
     {{ONE, PUT(", \"minProperties\": 3", "\"q\"")}},
     {{AT_PUT BODY "/minProperties", NULL},
      {AT_PUT "/x-input/minProperties", "3"},
      {AT_PUT "/x-input/additionalProperties", "false"}}},
    {"examples lose what is not in the body",
     {{ONE, PUT(", \"examples\": [{ \"id\": 1, \"q\": \"x\", \"a\": \"y\" }]", "\"q\"")}},
     {{AT_PUT BODY "/examples", "[{\"a\":\"y\"}]"}, {AT_PUT "/x-input", NULL}}},
    {"the whole body",
     {{ONE, CONTRACT("POST /one",
                     PUBLIC ", \"body\": \"list\", \"validates\": { \"type\": \"object\", "
                            "\"properties\": { \"list\": { \"type\": \"array\", \"items\": { "
                            "\"type\": \"integer\" } } } }",
                     NOTHING_OUT)}},
     {{"/paths/~1one/post" BODY, "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}"},
      {"/paths/~1one/post/requestBody/required", "false"}}},
    {"no body, no parameters",
     {{ONE, CONTRACT("POST /one", PUBLIC ", " NOTHING_IN, NOTHING_OUT)}},
     {{"/paths/~1one/post/requestBody", NULL},
      {"/paths/~1one/post/parameters", NULL},
      {"/paths/~1one/post/responses/204", "{\"description\":\"Done, and nothing to tell\"}"}}},
    {"templates have their say",
     {{ONE, "{ \"summary\": \"A test\", \"route\": \"PUT /one/{id}\", \"extends\": "
            "[\"templates/t\"], \"requires\": {" PUBLIC ", \"validates\": { \"type\": \"object\", "
            "\"properties\": { \"id\": { \"type\": \"integer\" }, \"a\": { \"type\": \"string\" } "
            "}, \"required\": [\"id\"] } }, \"ensures\": {" NOTHING_OUT "} }"},
      {"contracts/templates/t.json",
       "{ \"requires\": { \"validates\": { \"properties\": { \"a\": { \"maxLength\": 9 } } } } }"}},
     {{AT_PUT BODY "/properties/a", "{\"allOf\":[{\"type\":\"string\"},{\"maxLength\":9}]}"},
      {AT_PUT "/x-input", NULL}}},
    {"templates of what is all in the body",
     {{ONE, "{ \"summary\": \"A test\", \"route\": \"PUT /one\", \"extends\": [\"templates/t\"], "
            "\"requires\": {" PUBLIC ", \"validates\": { \"type\": \"object\", \"properties\": { "
            "\"a\": { \"type\": \"string\" } } } }, \"ensures\": {" NOTHING_OUT "} }"},
      {"contracts/templates/t.json",
       "{ \"requires\": { \"validates\": { \"minProperties\": 1 } } }"}},
     {{"/paths/~1one/put" BODY,
       "{\"allOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
       "\"additionalProperties\":false},{\"minProperties\":1}]}"},
      {"/paths/~1one/put/x-input", NULL}}},
    {"two names for one parameter are one path",
     {{ONE, CONTRACT("GET /one/{id}/x",
                     PUBLIC ", \"validates\": { \"type\": \"object\", \"properties\": { \"id\": { "
                            "\"type\": \"string\" } "
                            "}, \"required\": [\"id\"] }",
                     NOTHING_OUT)},
      {"contracts/app/two.json",
       CONTRACT("DELETE /one/{key}/x",
                PUBLIC ", \"validates\": { \"type\": \"object\", \"properties\": { \"key\": { "
                       "\"type\": \"string\" } }, "
                       "\"required\": [\"key\"] }",
                NOTHING_OUT)}},
     {{"/paths/~1one~1{key}~1x", NULL},
      {"/paths/~1one~1{id}~1x/delete/parameters/0/name", "\"id\""},
      {"/paths/~1one~1{id}~1x/delete/parameters/0/x-field", "\"key\""},
      {"/paths/~1one~1{id}~1x/get/parameters/0/x-field", NULL}}},
};

/* A query that writes, in a file of its own, and the grant of it. */
#define WRITES                                                                                     \
  {                                                                                                \
    "contracts/queries/more.sql",                                                                  \
        "-- name: touch :exec\nUPDATE users SET role = 'user' WHERE id = '1';\n"                   \
  }
#define TOUCH "}, \"uses\": { \"queries\": [\"more.touch\"]"

static const struct app_case refusals[] = {
    {"of a public read",
     {{ONE, CONTRACT("GET /one", PUBLIC ", " NOTHING_IN, NOTHING_OUT)}},
     {{"/paths/~1one/get/responses/400/$ref", "\"#/components/responses/Malformed\""},
      {"/paths/~1one/get/responses/401", NULL},
      {"/paths/~1one/get/responses/403", NULL},
      {"/paths/~1one/get/responses/404", NULL},
      {"/paths/~1one/get/responses/413", NULL},
      {"/paths/~1one/get/responses/422/$ref", "\"#/components/responses/InvalidInput\""},
      {"/paths/~1one/get/responses/503/$ref", "\"#/components/responses/Unavailable\""},
      {"/components/schemas/Problem/required", "[\"type\",\"title\",\"status\",\"code\"]"},
      {"/components/securitySchemes", "{}"}}},
    {"for roles, scopes, what is owned, and a password",
     {{ONE,
       CONTRACT("POST /one",
                "\"auth\": [\"user\"], \"scopes\": [\"w\"], \"owns\": { \"id\": \"self\" }, "
                "\"rate_limit\": [{ \"limit\": 5, \"per\": \"1m\", \"by\": \"principal\" }], "
                "\"reauth\": { \"query\": \"users.own\", \"password\": \"word\" }, "
                "\"validates\": { \"type\": \"object\", \"properties\": { \"id\": { \"type\": "
                "\"string\" }, \"word\": { \"type\": \"string\", \"format\": \"password\" } }, "
                "\"required\": [\"id\", \"word\"] }",
                NOTHING_OUT)}},
     {{"/paths/~1one/post/security", "[{\"bearer\":[\"w\"]}]"},
      {"/paths/~1one/post/x-roles", "[\"user\"]"},
      {"/paths/~1one/post/responses/401/$ref",
       "\"#/components/responses/UnauthenticatedWrongCredentials\""},
      {"/components/responses/UnauthenticatedWrongCredentials/headers/WWW-Authenticate/$ref",
       "\"#/components/headers/WWW-Authenticate\""},
      {"/paths/~1one/post/responses/403/$ref",
       "\"#/components/responses/ForbiddenInsufficientScope\""},
      {"/paths/~1one/post/responses/404/$ref", "\"#/components/responses/NotFound\""},
      {"/paths/~1one/post/responses/413/$ref", "\"#/components/responses/BodyTooLarge\""},
      {"/components/responses/RateLimited/headers/Retry-After/$ref",
       "\"#/components/headers/Retry-After\""}}},
    {"renumbered, and together with declared ones",
     {{ONE, "{ \"summary\": \"A test\", \"route\": \"POST /one\", \"requires\": { \"auth\": "
            "[\"*\"], " NOTHING_IN " }, \"ensures\": { " NOTHING_OUT ", \"errors\": { \"gone\": { "
            "\"status\": 409, \"title\": \"It is gone\" } } }, \"denials\": { \"invalid_input\": "
            "409, \"unauthenticated\": 404, \"body_too_large\": 400 } }"}},
     {{"/paths/~1one/post/responses/409/description",
       "\"`invalid_input`: The input is not valid.\\n\\n`gone`: It is gone.\""},
      {"/paths/~1one/post/responses/409/content/application~1problem+json/schema/allOf/1/"
       "properties",
       "{\"status\":{\"const\":409},\"code\":{\"enum\":[\"invalid_input\",\"gone\"]}}"},
      {"/paths/~1one/post/responses/422", NULL},
      {"/paths/~1one/post/responses/401", NULL},
      {"/paths/~1one/post/responses/404/$ref", "\"#/components/responses/Unauthenticated404\""},
      {"/components/responses/Unauthenticated404/headers", NULL},
      {"/paths/~1one/post/responses/400/$ref",
       "\"#/components/responses/MalformedBodyTooLarge400\""},
      {"/paths/~1one/post/responses/413/$ref", "\"#/components/responses/BodyTooLarge\""},
      {"/paths/~1one/post/x-roles", "[\"*\"]"}}},
    {"of some inputs only",
     {{ONE, CONTRACT("POST /one",
                     "\"auth\": [\"*\"], \"validates\": { \"type\": \"object\", \"properties\": { "
                     "\"n\": { \"type\": \"integer\" } } }, \"rules\": [{ \"when\": { \"input\": { "
                     "\"properties\": { \"n\": { \"minimum\": 9 } } } }, \"require\": { \"auth\": "
                     "[\"admin\"] } }]",
                     NOTHING_OUT)}},
     {{"/paths/~1one/post/responses/403/$ref", "\"#/components/responses/Forbidden\""},
      {"/paths/~1one/post/x-when",
       "[{\"input\":{\"properties\":{\"n\":{\"minimum\":9}}},\"roles\":[\"admin\"]}]"}}},
    {"of repeats, by a key of the client's",
     {{ONE, CONTRACT("POST /one", "\"auth\": [\"*\"], " NOTHING_IN,
                     NOTHING_OUT ", \"audit\": \"x\", \"idempotent\": true" TOUCH)},
      WRITES},
     {{"/paths/~1one/post/parameters",
       "[{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"description\":\"New for each thing to "
       "be "
       "done, the same for a repeat\",\"required\":true,\"schema\":{\"type\":\"string\"}}]"},
      {"/paths/~1one/post/responses/204/headers/Idempotent-Replayed/$ref",
       "\"#/components/headers/Idempotent-Replayed\""},
      {"/paths/~1one/post/responses/400/$ref",
       "\"#/components/responses/MalformedIdempotencyKeyMissing\""},
      {"/paths/~1one/post/responses/422/$ref",
       "\"#/components/responses/InvalidInputIdempotencyMismatch\""}}},
    {"of webhooks, and repeats by a field",
     {{ONE,
       CONTRACT("POST /one",
                "\"auth\": [\"webhook:stripe\"], \"validates\": { \"type\": \"object\", "
                "\"properties\": { \"id\": { \"type\": \"string\" } }, \"required\": [\"id\"] }",
                NOTHING_OUT ", \"audit\": \"x\", \"idempotent\": { \"by\": \"input.id\" }" TOUCH)},
      WRITES},
     {{"/paths/~1one/post/security", "[{\"webhook.stripe\":[]}]"},
      {"/components/securitySchemes",
       "{\"webhook.stripe\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Stripe-Signature\","
       "\"description\":\"The sender's signature of the body\"}}"},
      {"/paths/~1one/post/parameters", NULL},
      {"/paths/~1one/post/responses/401/$ref", "\"#/components/responses/Unauthenticated\""},
      {"/paths/~1one/post/responses/403", NULL},
      {"/paths/~1one/post/responses/400/$ref",
       "\"#/components/responses/MalformedIdempotencyKeyMissing\""},
      {"/paths/~1one/post/responses/422/$ref", "\"#/components/responses/InvalidInput\""}}},
    {"of what clients keep",
     {{ONE, CONTRACT("GET /one", PUBLIC ", " NOTHING_IN,
                     "\"returns\": { \"type\": \"string\" }, \"cache\": \"5m\"")}},
     {{"/paths/~1one/get/parameters/0/name", "\"If-None-Match\""},
      {"/paths/~1one/get/responses/304/headers/ETag/$ref", "\"#/components/headers/ETag\""},
      {"/paths/~1one/get/responses/200/headers/Cache-Control/$ref",
       "\"#/components/headers/Cache-Control\""},
      {"/paths/~1one/get/responses/200/headers/Vary", NULL}}},
};

/* --- Running them --- */

struct fixture {
  struct app app;
  struct arena arena;
  struct report report;
  struct source_tree sources;
  struct store *store;
  struct generation *generation;
};

static void open_fixture(struct fixture *fixture, const struct app_file *files, size_t count)
{
  struct migration *migrations;
  size_t migration_count, handler_errors;
  struct error error = {0};
  app_begin(&fixture->app);
  for (size_t i = 0; i < sizeof base / sizeof *base; i++)
    app_write(&fixture->app, base[i].path, base[i].text);
  for (size_t i = 0; i < count && files[i].path; i++)
    app_write(&fixture->app, files[i].path, files[i].text);
  arena_init(&fixture->arena, 4096);
  report_init(&fixture->report);
  source_tree_read(&fixture->sources, fixture->app.folder, &fixture->report);
  assert_int_equal(store_open(&(struct store_config){0}, &fixture->store, &error), 0);
  assert_int_equal(
      migrations_read(&fixture->sources, &fixture->arena, &migrations, &migration_count, &error),
      0);
  assert_int_equal(store_migrate(fixture->store, migrations, migration_count, NULL, &error), 0);
  fixture->generation =
      generation_load(&fixture->sources, fixture->store, NULL, &fixture->report, &handler_errors);
  if (!fixture->generation) {
    report_print(&fixture->report, stderr);
    fail();
  }
}

static void close_fixture(struct fixture *fixture)
{
  generation_free(fixture->generation);
  store_close(fixture->store);
  source_tree_free(&fixture->sources);
  report_deinit(&fixture->report);
  arena_deinit(&fixture->arena);
  app_end(&fixture->app);
}

static struct json read_document(struct fixture *fixture)
{
  static const struct openapi_info info = {
      .title = TEXT_INITIALIZER("Tests"),
      .version = TEXT_INITIALIZER("1"),
      .server = TEXT_INITIALIZER("/"),
      .cookie = TEXT_INITIALIZER("sid"),
      .signers = {{TEXT_INITIALIZER("stripe"), "Stripe-Signature"}},
      .signer_count = 1};
  struct buffer text = {0};
  struct json document;
  struct json_error wrong;
  openapi_write(&text, fixture->generation, &info);
  if (json_read(&fixture->arena, buffer_text(&text), NULL, &document, &wrong))
    fail_msg("%s at %u", wrong.message, (unsigned)wrong.offset);
  buffer_deinit(&text);
  return document;
}

static void expect(const char *name, const struct json *document, const struct place *place)
{
  const struct json *found = json_at_pointer(document, text_of(place->pointer));
  struct buffer text = {0};
  if (found) json_write(&text, found);
  struct text expected = text_of(place->expected);
  if (!text_equal(buffer_text(&text), expected)) {
    print_error("%s: at %s expected\n%.*s\nbut found\n%.*s\n", name, place->pointer,
                TEXT_ARGS(expected), TEXT_ARGS(buffer_text(&text)));
    fail();
  }
  buffer_deinit(&text);
}

static void run(const struct app_case *cases, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    struct fixture fixture;
    open_fixture(&fixture, cases[i].files, sizeof cases[i].files / sizeof *cases[i].files);
    struct json document = read_document(&fixture);
    for (const struct place *place = cases[i].places; place->pointer; place++)
      expect(cases[i].name, &document, place);
    close_fixture(&fixture);
  }
}

#define RUN(cases) run(cases, sizeof(cases) / sizeof *(cases))

static void test_references(void **state)
{
  (void)state;
  RUN(references);
}

static void test_schemas(void **state)
{
  (void)state;
  RUN(schemas);
}

static void test_inputs(void **state)
{
  (void)state;
  RUN(inputs);
}

static void test_refusals(void **state)
{
  (void)state;
  RUN(refusals);
}

static void test_own_route(void **state)
{
  static const struct app_file files[] = {
      {ONE, CONTRACT("GET /openapi.json", PUBLIC ", " NOTHING_IN, NOTHING_OUT)},
      {"contracts/app/two.json",
       CONTRACT("GET /{name}",
                PUBLIC ", \"validates\": { \"type\": \"object\", \"properties\": { \"name\": { "
                       "\"type\": \"string\" } }, "
                       "\"required\": [\"name\"] }",
                NOTHING_OUT)}};
  struct fixture fixture;
  (void)state;
  open_fixture(&fixture, files, 2);
  report_deinit(&fixture.report); /* of handlers that are not there */
  report_init(&fixture.report);
  openapi_check_route(fixture.generation, &fixture.report);
  app_expect(&fixture.report, "the document's route",
             "contracts/app/one.json:1:33: error: the OpenAPI document is served at "
             "/openapi.json: give it another path");
  close_fixture(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_references), cmocka_unit_test(test_schemas),
      cmocka_unit_test(test_inputs),     cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_own_route),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
