// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/** The revision that a node has applied, as it tells whoever opens a session socket. */
final class Revision {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long SECONDS_MAX = 5;

  private Revision() {}

  /** -1 when it does not tell. */
  static long of(URI api) {
    CompletableFuture<String> welcome = new CompletableFuture<>();
    WebSocket.Listener listener =
        new WebSocket.Listener() {
          private final StringBuilder text = new StringBuilder();

          @Override
          public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
              welcome.complete(text.toString());
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
          }

          @Override
          public void onError(WebSocket socket, Throwable error) {
            welcome.completeExceptionally(error);
          }
        };
    try (HttpClient http = HttpClient.newHttpClient()) {
      WebSocket socket =
          http.newWebSocketBuilder()
              .subprotocols("holdfast.v1.json")
              .buildAsync(URI.create("ws://" + api.getAuthority() + "/v1/session"), listener)
              .get(SECONDS_MAX, TimeUnit.SECONDS);
      socket
          .sendText("{\"type\":\"hello\",\"client\":\"nemesis\",\"lastSeen\":0}", true)
          .get(SECONDS_MAX, TimeUnit.SECONDS);
      long revision =
          JSON.readTree(welcome.get(SECONDS_MAX, TimeUnit.SECONDS)).path("revision").asLong(-1);
      socket.abort();
      return revision;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    } catch (Exception e) {
      return -1;
    }
  }
}
