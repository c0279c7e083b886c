// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;

/**
 * The entry {@code ended/<id>}: the session is over, some of its claims may be left. Its home, or
 * after a while any node, releases them and then deletes this entry (R17).
 *
 * @param host the last one
 */
public record EndedSession(Reason reason, SessionHost host) {
  static final int FORMAT = 1;

  /** Why a session ended. */
  public enum Reason {
    CLOSED,
    EXPIRED
  }

  public Bytes encode() {
    int code =
        switch (reason) {
          case CLOSED -> 0;
          case EXPIRED -> 1;
        };
    return new ByteWriter(FORMAT).octet(code).text(host.node()).number(host.lease()).toBytes();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on bytes it does not know
   */
  public static EndedSession decode(Bytes value) {
    return ByteReader.decode(
        "An ended session",
        FORMAT,
        value,
        reader ->
            new EndedSession(
                reason(reader.octet()), new SessionHost(reader.text(), reader.number())));
  }

  private static Reason reason(int code) {
    return switch (code) {
      case 0 -> Reason.CLOSED;
      case 1 -> Reason.EXPIRED;
      default -> throw new IllegalArgumentException("no reason " + code);
    };
  }
}
