// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.time.Duration;
import java.util.Set;

/**
 * What one HTTP server accepts. Each limit answers with a status and a code, or closes.
 *
 * @param headerBytes of request line and headers together; more is 400 and closed
 * @param headers at most this many; more is 400 and closed
 * @param headersTimeout from the first byte of a request to its last header; then closed
 * @param idleTimeout of a connection between two requests; then closed
 * @param stallTimeout of a body that neither arrives nor leaves; 408, or closed
 * @param jsonBytes of a body that is read as JSON; 413 {@code PAYLOAD_TOO_LARGE}
 * @param bodyBytes of a streamed body; 413 {@code PAYLOAD_TOO_LARGE}
 * @param requests at the same time; more get 503 {@code OVERLOADED} with {@code Retry-After}
 * @param connections open at the same time; further ones are told 503 and closed. Half of the
 *     descriptors of the process at most: the log and the store never compete with strangers
 * @param connectionsPerAddress of the same, from one address
 * @param hosts further names that a Host header may carry, beside those that the node listens on
 */
public record HttpLimits(
    int headerBytes,
    int headers,
    Duration headersTimeout,
    Duration idleTimeout,
    Duration stallTimeout,
    int jsonBytes,
    long bodyBytes,
    int requests,
    int connections,
    int connectionsPerAddress,
    Set<String> hosts) {

  public HttpLimits {
    hosts = Set.copyOf(hosts);
  }

  public static final HttpLimits DEFAULT =
      new HttpLimits(
          16 << 10,
          64,
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          64 << 10,
          1L << 40,
          20_000,
          10_000,
          4_000,
          Set.of());
}
