// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.cleanup.CleanupMessages.RemovalReason;
import dev.holdfast.node.cleanup.CleanupMessages.RemovalState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/** What one pass of removals found and did, counted by one thread and read by others. */
final class RemovalTally {
  static final RemovalTally NONE = new RemovalTally("", true, 0);

  /** Different reasons that are told apart; a policy may give one for each version. */
  private static final int REASONS_MAX = 16;

  private final String policy;
  private final boolean isPlan;
  private final long begunAtMillis;

  /** Guards what follows. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<String, RemovalReason> reasons = new TreeMap<>();
  private String refusal = "";
  private long keys;
  private long versions;
  private long versionBytes;
  private long copies;
  private long copyBytes;
  private long surplusBytes;
  private long kept;

  RemovalTally(String policy, boolean isPlan, long begunAtMillis) {
    this.policy = policy;
    this.isPlan = isPlan;
    this.begunAtMillis = begunAtMillis;
  }

  /** One of the two kinds of things that go. */
  enum Kind {
    VERSION,
    COPY
  }

  void refused(String why) {
    locked(() -> refusal = why);
  }

  void looked(long atKeys) {
    locked(() -> keys += atKeys);
  }

  void surplus(long bytes) {
    locked(() -> surplusBytes += bytes);
  }

  /** It was to go, and what was found just before says that it must not, for now. */
  void kept() {
    locked(() -> kept++);
  }

  void goes(Kind kind, long bytes, String reason) {
    locked(() -> {
      switch (kind) {
        case VERSION -> {
          versions++;
          versionBytes += bytes;
        }
        case COPY -> {
          copies++;
          copyBytes += bytes;
        }
      }
      String name = kind.name().toLowerCase(java.util.Locale.ROOT);
      String told =
          reasons.size() < REASONS_MAX || reasons.containsKey(name + reason)
              ? reason
              : "For other reasons.";
      reasons.merge(
          name + told,
          new RemovalReason(name, told, 1, bytes),
          (a, b) -> new RemovalReason(name, told, a.count() + 1, a.bytes() + b.bytes()));
    });
  }

  /**
   * @param completed passes of this process
   */
  RemovalState state(boolean isRunning, long completed, long freeBytes) {
    List<RemovalReason> copied = new ArrayList<>();
    RemovalState[] state = new RemovalState[1];
    locked(() -> {
      copied.addAll(reasons.values());
      state[0] =
          new RemovalState(
              isRunning,
              completed,
              begunAtMillis,
              policy,
              isPlan,
              refusal,
              keys,
              versions,
              versionBytes,
              copies,
              copyBytes,
              kept,
              surplusBytes,
              freeBytes,
              copied);
    });
    return state[0];
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }
}
