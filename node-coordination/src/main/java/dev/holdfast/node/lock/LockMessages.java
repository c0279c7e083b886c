// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.node.peer.PeerRequest;

/** What nodes say to each other about locks. */
public final class LockMessages {
  private LockMessages() {}

  /** Run this command: you are the home of this lock, as far as I know. */
  public record RunLock(String lock, LockCommand command) implements PeerRequest<LockRan> {}

  /**
   * @param revision at which the reply was true
   */
  public record LockRan(LockReply reply, long revision) {}
}
