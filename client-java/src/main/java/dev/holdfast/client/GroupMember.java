// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.HolderNames;
import dev.holdfast.protocol.frame.ServerFrame;

/**
 * A member of a group.
 *
 * @param id unique in the group
 * @param data what it has told about itself; empty for a moment after it joined
 * @param token rises each time that somebody joins under this id
 */
public record GroupMember(String id, String session, String data, long token) {
  static GroupMember of(ServerFrame.Leader frame) {
    return new GroupMember(
        HolderNames.memberOf(frame.lock()), frame.session(), frame.value(), frame.token());
  }
}
