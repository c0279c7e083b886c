// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.protocol.LockBodies;
import dev.holdfast.protocol.SessionBodies;
import dev.holdfast.protocol.WireJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sessions, locks and small objects over REST, as a shell user has them. */
final class LockCalls implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();

  /** An answer of any status. */
  record Answer(int status, String body) {
    boolean isOk() {
      return status / 100 == 2;
    }

    <T> T as(Class<T> type) {
      if (!isOk()) {
        throw new AssertionError(status + " " + body);
      }
      return WireJson.answers().readValue(body, type);
    }

    boolean hasCode(String code) {
      return body.contains("\"code\":\"" + code + "\"");
    }
  }

  Answer call(URI node, String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(node.resolve(path))
            .timeout(ANSWER)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty() && !path.startsWith("/v1/objects")) {
      request.header("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  String openSession(URI node, Duration ttl) throws IOException, InterruptedException {
    return call(node, "POST", "/v1/sessions", "{\"ttl\":\"" + ttl.toMillis() + "ms\"}")
        .as(SessionBodies.Info.class)
        .session();
  }

  Answer keepAlive(URI node, String session) throws IOException, InterruptedException {
    return call(node, "POST", "/v1/sessions/" + session + "/keepalive", "");
  }

  Answer tryAcquire(URI node, String lock, String session, String holder, Duration wait)
      throws IOException, InterruptedException {
    String body =
        "{\"session\":\"%s\",\"holder\":\"%s\",\"wait\":\"%dms\"}"
            .formatted(session, holder, wait.toMillis());
    return call(node, "POST", "/v1/locks/" + lock, body);
  }

  LockBodies.Grant acquire(URI node, String lock, String session, String holder, Duration wait)
      throws IOException, InterruptedException {
    return tryAcquire(node, lock, session, holder, wait).as(LockBodies.Grant.class);
  }

  Answer release(URI node, String lock, String session, String holder)
      throws IOException, InterruptedException {
    String path = "/v1/locks/" + lock + "?session=" + session + "&holder=" + holder;
    return call(node, "DELETE", path, "");
  }

  /** Of a counter in {@code /metrics}, over all its labels; 0 when it was never counted. */
  double metric(URI node, String name) throws IOException, InterruptedException {
    String text = call(node, "GET", "/metrics", "").body();
    Matcher line =
        Pattern.compile("^" + name + "(?:\\{[^}]*})? ([0-9.E+]+)$", Pattern.MULTILINE)
            .matcher(text);
    return line.results().mapToDouble(found -> Double.parseDouble(found.group(1))).sum();
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
