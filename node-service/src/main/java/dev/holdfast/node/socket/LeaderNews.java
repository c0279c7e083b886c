// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.protocol.frame.ServerFrame;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the clients of this node where the leader is: when they come, and after each change. Says
 * nothing as long as there has never been one, as on a backend without a leader. Thread-safe.
 */
final class LeaderNews {
  private final Supplier<ServerFrame.LeaderAt> leader;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<FrameChannel> channels = new HashSet<>();
  private ServerFrame.@Nullable LeaderAt told;

  /**
   * @param leader as far as this node knows; empty texts for nobody. Cheap
   */
  LeaderNews(Supplier<ServerFrame.LeaderAt> leader) {
    this.leader = leader;
  }

  /** Told at once, and of each change until {@link #leave}. */
  void join(FrameChannel channel) {
    look();
    lock.lock();
    try {
      if (channels.add(channel) && told != null) {
        channel.send(told);
      }
    } finally {
      lock.unlock();
    }
  }

  void leave(FrameChannel channel) {
    lock.lock();
    try {
      channels.remove(channel);
    } finally {
      lock.unlock();
    }
  }

  /** Tells everybody, if the leader is another one than before, or elsewhere. */
  void look() {
    lock.lock();
    try {
      ServerFrame.LeaderAt now = leader.get();
      boolean news = told == null ? !now.node().isEmpty() : !now.equals(told);
      if (news) {
        told = now;
        channels.forEach(channel -> channel.send(now));
      }
    } finally {
      lock.unlock();
    }
  }
}
