// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.WireJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request, to be sent to whichever server answers. Immutable: each method gives a changed one.
 *
 * @param target path and query, escaped
 * @param headers name, value, name, value
 * @param within how long one server may take, null for as long as the client's patience lasts
 */
public record RestRequest(
    String method,
    String target,
    List<String> headers,
    RequestBody body,
    Repeat repeat,
    @Nullable Duration within) {

  /** What may be done when the answer of a request that was handed over is missing. */
  public enum Repeat {
    /** Send it again: twice is like once, whatever others did between. */
    HARMLESS,
    /** Send it again under its id, by which the nodes know it. */
    WITH_ID,
    /** Tell that its outcome is unknown. */
    NEVER
  }

  public RestRequest {
    headers = List.copyOf(headers);
  }

  /** Reads are harmless; whatever else is sent once, until it is said that it may be repeated. */
  public static RestRequest of(String method, String target) {
    boolean reads = method.equals("GET") || method.equals("HEAD");
    return new RestRequest(
        method, target, List.of(), RequestBody.NONE, reads ? Repeat.HARMLESS : Repeat.NEVER, null);
  }

  /** With a record of the protocol as its body. */
  public RestRequest json(Object document) {
    byte[] bytes =
        WireJson.requests().writeValueAsString(document).getBytes(StandardCharsets.UTF_8);
    return body(RequestBody.of(bytes)).header("Content-Type", "application/json");
  }

  public RestRequest header(String name, String value) {
    List<String> more = new ArrayList<>(headers);
    more.add(name);
    more.add(value);
    return new RestRequest(method, target, more, body, repeat, within);
  }

  public RestRequest body(RequestBody other) {
    return new RestRequest(method, target, headers, other, repeat, within);
  }

  /** It does no harm to do it twice, not even after somebody else has undone it between. */
  public RestRequest harmless() {
    return new RestRequest(method, target, headers, body, Repeat.HARMLESS, within);
  }

  /** Nodes remember this write by an id, which the client adds. */
  public RestRequest withId() {
    return new RestRequest(method, target, headers, body, Repeat.WITH_ID, within);
  }

  /** For work that takes its time at the server. */
  public RestRequest within(Duration limit) {
    return new RestRequest(method, target, headers, body, repeat, limit);
  }

  /** A body that can be read once cannot be sent twice. */
  boolean isRepeatable() {
    return repeat != Repeat.NEVER && body.isRepeatable();
  }

  boolean isRead() {
    return repeat == Repeat.HARMLESS;
  }
}
