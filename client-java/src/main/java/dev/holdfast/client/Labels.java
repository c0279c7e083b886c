// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Names that become a part of a holder id or of a lock's name. */
final class Labels {
  static final int MAX_BYTES = 64;

  private Labels() {}

  static void check(String what, String label, List<String> forbidden) {
    int bytes = label.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          what + " has 1 to " + MAX_BYTES + " bytes of UTF-8, not " + bytes);
    }
    for (String no : forbidden) {
      if (label.contains(no)) {
        throw new IllegalArgumentException(what + " has no '" + no + "': " + label);
      }
    }
  }
}
