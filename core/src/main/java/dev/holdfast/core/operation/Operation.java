// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.Names;
import dev.holdfast.spi.EntryKey;

/**
 * Names one operation of a client. A slot has one open operation; its sequences rise.
 *
 * @param slot 0 to {@link #SLOTS_MAX} exclusive
 * @param sequence from 1
 * @param again whether the client may have sent it before: then also a refusal is remembered, so
 *     that the earlier copy, should it still be on its way, cannot act after it
 */
public record Operation(String session, long slot, long sequence, boolean again) {
  /** Operations of one session that are open at the same time. */
  public static final int SLOTS_MAX = 1_024;

  public Operation {
    Names.require(session, Names.sessionProblem(session));
    if (slot < 0 || slot >= SLOTS_MAX) {
      throw new IllegalArgumentException("A slot is 0 to " + (SLOTS_MAX - 1) + ", not " + slot);
    }
    if (sequence < 1) {
      throw new IllegalArgumentException("A sequence is above 0, not " + sequence);
    }
  }

  public EntryKey slotKey() {
    return Keys.operation(session, slot);
  }

  public EntryKey sessionKey() {
    return Keys.session(session);
  }
}
