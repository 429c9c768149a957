/* The bare server: libuv and llhttp, one fixed reply, nothing else. What any server on them costs.
 */
#include <llhttp.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct client {
  uv_tcp_t tcp;
  llhttp_t parser;
};

static char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                      "Content-Length: 17\r\n\r\n{\"hello\":\"world\"}";
static llhttp_settings_t settings;
static char bytes[65536];

static void on_close(uv_handle_t *handle)
{
  free(handle->data);
}

static int on_message(llhttp_t *parser)
{
  struct client *client = parser->data;
  uv_buf_t buffer = uv_buf_init(reply, sizeof reply - 1);
  return uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1) == (int)buffer.len ? 0 : -1;
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
  (void)handle, (void)suggested;
  *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
  struct client *client = stream->data;
  if (length < 0 || llhttp_execute(&client->parser, buffer->base, (size_t)length) != HPE_OK)
    uv_close((uv_handle_t *)stream, on_close);
}

static void on_connection(uv_stream_t *listener, int status)
{
  if (status < 0) return;
  struct client *client = calloc(1, sizeof *client);
  if (client == NULL) abort();
  uv_tcp_init(listener->loop, &client->tcp);
  client->tcp.data = client;
  llhttp_init(&client->parser, HTTP_REQUEST, &settings);
  client->parser.data = client;
  uv_accept(listener, (uv_stream_t *)&client->tcp);
  uv_tcp_nodelay(&client->tcp, 1);
  uv_read_start((uv_stream_t *)&client->tcp, on_allocate, on_read);
}

int main(void)
{
  uv_loop_t *loop = uv_default_loop();
  uv_tcp_t listener;
  struct sockaddr_in address;
  int length = sizeof address;
  llhttp_settings_init(&settings);
  settings.on_message_complete = on_message;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_init(loop, &listener);
  if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) ||
      uv_listen((uv_stream_t *)&listener, 511, on_connection))
    return 1;
  uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length);
  printf("listening on http://127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
