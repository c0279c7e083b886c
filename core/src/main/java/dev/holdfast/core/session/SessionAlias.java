// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import dev.holdfast.core.version.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * How a session is named to others than its owner. Whoever knows the id of a session may close it
 * and release what it holds, so the id is told to its creator alone; lists of locks, elections and
 * groups show the alias. It is the same everywhere, so that the holds of one session can be told
 * from those of another, and it leads to no id: an id has 96 random bits.
 */
public final class SessionAlias {
  private static final int SHOWN_BYTES = 8;

  private SessionAlias() {}

  /** The alias; empty for nobody, whose id is empty. */
  public static String of(String sessionId) {
    if (sessionId.isEmpty()) {
      return "";
    }
    byte[] hash =
        Sha256.digest().digest(("holdfast session " + sessionId).getBytes(StandardCharsets.UTF_8));
    return "s-" + HexFormat.of().formatHex(hash, 0, SHOWN_BYTES);
  }
}
