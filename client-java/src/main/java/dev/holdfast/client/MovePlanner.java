// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a session moves to the leader's node: when its connection to another one is busy,
 * the leader's address is known, and was not found out to lead nowhere a short while ago. One for a
 * client; it lets one session move at a time, so that a change of the leader makes no crowd. Time
 * is handed in. Thread-safe, never blocks.
 */
final class MovePlanner {
  /**
   * So many commands within {@link #WINDOW} are worth a move. It costs about ten messages, and
   * saves one or two for each command: who sends fewer in a second would not notice.
   */
  static final int BUSY_COMMANDS = 32;

  static final Duration WINDOW = Duration.ofSeconds(1);

  /** After a failure the address is left alone for that long; each further one doubles it. */
  static final Duration MIN_REST = Duration.ofSeconds(10);

  static final Duration MAX_REST = Duration.ofMinutes(10);

  /** Addresses whose failures are remembered; a cluster has fewer nodes that lead. */
  private static final int MAX_ADDRESSES = 64;

  private record Rest(int failures, long sinceNanos) {
    boolean isOver(long nowNanos) {
      long full = MIN_REST.toNanos() << Math.min(failures - 1, 10);
      return nowNanos - sinceNanos >= Math.min(full, MAX_REST.toNanos());
    }
  }

  private final boolean follow;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<URI, Rest> rests = new LinkedHashMap<>();
  private boolean moving;

  /**
   * @param follow false for never
   */
  MovePlanner(boolean follow) {
    this.follow = follow;
  }

  /** For a new connection to that node. */
  Traffic trafficTo(URI node) {
    return new Traffic(node);
  }

  /** The session that was to move is there. */
  void arrived(URI leader) {
    lock.lock();
    try {
      moving = false;
      rests.remove(leader);
    } finally {
      lock.unlock();
    }
  }

  /** The session that was to move found nobody there who knows it. */
  void failed(URI leader, long nowNanos) {
    lock.lock();
    try {
      moving = false;
      Rest before = rests.remove(leader);
      if (rests.size() >= MAX_ADDRESSES) {
        rests.remove(rests.keySet().iterator().next());
      }
      rests.put(leader, new Rest(before == null ? 1 : before.failures() + 1, nowNanos));
    } finally {
      lock.unlock();
    }
  }

  /** The session that was to move has lost its node, or has ended. */
  void calledOff() {
    lock.lock();
    try {
      moving = false;
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private boolean begin(URI leader, long nowNanos) {
    Rest rest = rests.get(leader);
    if (moving || (rest != null && !rest.isOver(nowNanos))) {
      return false;
    }
    moving = true;
    return true;
  }

  /** What goes over one connection, and what its node has said. Thread-safe. */
  final class Traffic {
    private final URI node;

    // Under the lock.
    private String id = "";
    private String leaderId = "";
    private String leaderApi = "";
    private long windowNanos;
    private int sent;

    /** The leader, when it is another node; read anywhere. */
    private volatile @Nullable URI elsewhere;

    private Traffic(URI node) {
      this.node = node;
    }

    void welcomed(String nodeId) {
      lock.lock();
      try {
        id = nodeId;
        elsewhere = elsewhere();
      } finally {
        lock.unlock();
      }
    }

    /** Empty texts when it is not known. */
    void leaderAt(String nodeId, String api) {
      lock.lock();
      try {
        leaderId = nodeId;
        leaderApi = api;
        elsewhere = elsewhere();
      } finally {
        lock.unlock();
      }
    }

    private @Nullable URI elsewhere() {
      if (!follow || leaderApi.isEmpty() || leaderId.equals(id)) {
        return null;
      }
      URI leader;
      try {
        leader = URI.create(leaderApi);
      } catch (IllegalArgumentException e) {
        return null;
      }
      // Never from https to http. And who is led to its own address has come to a load balancer.
      boolean usable = leader.getHost() != null && node.getScheme().equals(leader.getScheme());
      return usable && !leader.equals(node) ? leader : null;
    }

    /**
     * Counts a command.
     *
     * @return where the session that sent it shall move now, null to stay. It then tells {@link
     *     #arrived}, {@link #failed} or {@link #calledOff}
     */
    @Nullable URI sent(long nowNanos) {
      if (elsewhere == null) {
        return null;
      }
      lock.lock();
      try {
        URI leader = elsewhere;
        if (sent == 0 || nowNanos - windowNanos > WINDOW.toNanos()) {
          windowNanos = nowNanos;
          sent = 0;
        }
        sent++;
        return leader != null && sent >= BUSY_COMMANDS && begin(leader, nowNanos) ? leader : null;
      } finally {
        lock.unlock();
      }
    }
  }
}
