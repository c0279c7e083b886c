// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * How long to wait for the next attempt while there is no session, and what of it is worth a line
 * in the log: each new reason once, then one line a minute, and one when it is over. For one
 * thread.
 */
final class Outage {
  static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  static final Duration REMIND_EVERY = Duration.ofMinutes(1);

  /** Reasons that get a line of their own; a server could tell a new one each time. */
  static final int REASONS_MAX = 8;

  /** Each attempt has another one, which is no other reason. */
  private static final Pattern SESSION_ID = Pattern.compile("[0-9A-F]{16}");

  private final String servers;
  private final LongSupplier nanoTime;
  private final Consumer<String> log;
  private final Set<String> reasons = new HashSet<>();
  private Duration pause = FIRST_PAUSE;
  private long since;
  private long loggedAt;

  Outage(String servers, LongSupplier nanoTime, Consumer<String> log) {
    this.servers = servers;
    this.nanoTime = nanoTime;
    this.log = log;
  }

  /** An attempt has failed. Returns how long to wait before the next one. */
  Duration failed(String reason) {
    long now = nanoTime.getAsLong();
    if (reasons.isEmpty()) {
      since = now;
    }
    String kind = SESSION_ID.matcher(reason).replaceAll("…");
    boolean isNew = reasons.size() < REASONS_MAX && reasons.add(kind);
    if (isNew || now - loggedAt >= REMIND_EVERY.toNanos()) {
      loggedAt = now;
      log.accept(
          "No session with ZooKeeper at %s for %d s: %s. It is tried again"
              .formatted(servers, seconds(now), reason));
    }
    Duration wait = pause;
    pause =
        pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
    return wait;
  }

  /** There is a session. */
  void over() {
    if (!reasons.isEmpty()) {
      log.accept(
          "The session with ZooKeeper at %s is there after %d s"
              .formatted(servers, seconds(nanoTime.getAsLong())));
    }
    reasons.clear();
    pause = FIRST_PAUSE;
  }

  private long seconds(long now) {
    return Duration.ofNanos(now - since).toSeconds();
  }
}
