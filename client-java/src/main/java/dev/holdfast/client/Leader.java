// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.HolderNames;
import dev.holdfast.protocol.frame.ServerFrame;

/**
 * Who leads an election.
 *
 * @param candidate as the leader calls itself; empty when nobody leads
 * @param session of the leader
 * @param token of its grant, 0 when nobody leads
 * @param value what it has proclaimed under this token, empty when nothing
 * @param revision at which it was so
 */
public record Leader(
    String election, String candidate, String session, long token, String value, long revision) {
  public boolean isPresent() {
    return token != 0;
  }

  static Leader nobody(String election) {
    return new Leader(election, "", "", 0, "", 0);
  }

  static Leader of(ServerFrame.Leader frame) {
    return new Leader(
        frame.lock(),
        HolderNames.candidate(frame.holder()),
        frame.session(),
        frame.token(),
        frame.value(),
        frame.revision());
  }
}
