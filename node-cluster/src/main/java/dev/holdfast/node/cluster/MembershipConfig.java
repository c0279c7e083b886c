// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a node finds the others, watches over them, and lets observers take the seats of lost voters.
 *
 * @param discovery empty when nothing but the addresses of the configuration is asked
 * @param discoveryInterval (10s) between two looks; a name or a file changes rarely
 * @param checkInterval (1s) between two pings to each other node
 * @param checkTimeout (2s) until a ping has failed
 * @param failedChecksMax (3) pings in a row after which a node is called unhealthy
 * @param replaceAfter (5m) down, after which an observer gets a voter's seat: longer than a restart
 *     takes, so that a seat does not wander for nothing
 * @param spreadLabel (zone) whose values the voters should differ in
 */
public record MembershipConfig(
    Optional<Discovery> discovery,
    Duration discoveryInterval,
    Duration checkInterval,
    Duration checkTimeout,
    int failedChecksMax,
    Duration replaceAfter,
    String spreadLabel) {

  /** Where peer addresses stand. */
  public sealed interface Discovery {
    /** All addresses of a DNS name; each listens on the same peer port. */
    record Dns(String name, int port) implements Discovery {}

    /** A file with one {@code HOST:PORT} a line; {@code #} begins a comment. */
    record PeersFile(Path file) implements Discovery {}

    /**
     * @throws IllegalArgumentException when it is neither {@code dns:NAME:PORT} nor {@code
     *     file:PATH}
     */
    static Discovery parse(String text) {
      if (text.startsWith("file:") && text.length() > "file:".length()) {
        return new PeersFile(Path.of(text.substring("file:".length())));
      }
      int colon = text.lastIndexOf(':');
      if (text.matches("dns:[^\\s:/]+:[0-9]{1,5}")) {
        return new Dns(
            text.substring("dns:".length(), colon), Integer.parseInt(text.substring(colon + 1)));
      }
      throw new IllegalArgumentException(
          "dns:NAME:PORT or file:PATH is needed, not '" + text + "'");
    }
  }
}
