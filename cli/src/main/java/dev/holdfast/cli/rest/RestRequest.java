package dev.holdfast.cli.rest;

import dev.holdfast.cli.terminal.Terminal;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * One request, to be sent to whichever server answers.
 *
 * @param target path and query, escaped
 * @param headers name, value, name, value
 * @param body made anew for each attempt
 * @param repeatable whether sending it twice does no harm
 * @param timeout until the head of the answer is there
 */
public record RestRequest(
    String method,
    String target,
    List<String> headers,
    Supplier<BodyPublisher> body,
    boolean repeatable,
    Duration timeout) {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  public RestRequest {
    headers = List.copyOf(headers);
  }

  public static RestRequest of(String method, String target) {
    return new RestRequest(
        method, target, List.of(), BodyPublishers::noBody, /* repeatable= */ true, TIMEOUT);
  }

  public RestRequest json(Object document) {
    String text = Terminal.JSON.writeValueAsString(document);
    return new RestRequest(
            method, target, headers, () -> BodyPublishers.ofString(text), repeatable, timeout)
        .header("Content-Type", "application/json");
  }

  public RestRequest header(String name, String value) {
    List<String> more = new ArrayList<>(headers);
    more.add(name);
    more.add(value);
    return new RestRequest(method, target, more, body, repeatable, timeout);
  }

  public RestRequest body(Supplier<BodyPublisher> newBody, boolean mayRepeat) {
    return new RestRequest(method, target, headers, newBody, mayRepeat, timeout);
  }

  public RestRequest within(Duration newTimeout) {
    return new RestRequest(method, target, headers, body, repeatable, newTimeout);
  }
}
