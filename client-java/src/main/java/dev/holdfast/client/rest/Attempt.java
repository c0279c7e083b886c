// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A server that was asked, and why it gave no answer that counts. */
public record Attempt(ServerAddress server, String why) {
  private static final String SILENT = "no answer within ";

  static Attempt silent(ServerAddress server, long nanos) {
    return new Attempt(server, SILENT + nanos / 1_000_000 + " ms");
  }

  boolean wasSilent() {
    return why.startsWith(SILENT);
  }

  /** Each server once, with the last that is known of it. */
  static String text(List<Attempt> attempts) {
    Map<ServerAddress, String> last = new LinkedHashMap<>();
    attempts.forEach(attempt -> last.put(attempt.server, attempt.why));
    return last.entrySet().stream()
        .map(each -> each.getKey() + " (" + each.getValue() + ")")
        .collect(Collectors.joining(", "));
  }
}
