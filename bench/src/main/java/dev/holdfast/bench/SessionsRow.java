// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What sessions cost that do nothing but live. */
final class SessionsRow {
  static final int SESSIONS = 10_000;

  private static final Duration SETTLE = Duration.ofSeconds(10);
  private static final Duration WATCHED = Duration.ofSeconds(30);

  private SessionsRow() {}

  static Row measure(Peer.Sessions peer) throws Exception {
    ProcessFigures none = ProcessFigures.of(peer.pids());
    long begin = System.nanoTime();
    try (AutoCloseable _ = peer.idleSessions(SESSIONS)) {
      double openedPerSecond = SESSIONS / ((System.nanoTime() - begin) / 1e9);
      Thread.sleep(SETTLE);
      ProcessFigures before = ProcessFigures.of(peer.pids());
      Thread.sleep(WATCHED);
      ProcessFigures used = ProcessFigures.of(peer.pids()).since(before);
      Map<String, Double> extra = new LinkedHashMap<>();
      extra.put("cpuPercent", 100.0 * used.cpu().toMillis() / WATCHED.toMillis());
      extra.put("residentMiB", used.residentBytes() / 1048576.0);
      extra.put("residentMiBBefore", none.residentBytes() / 1048576.0);
      extra.put("writtenKiBPerSecond", used.writtenBytes() / 1024.0 / WATCHED.toSeconds());
      return new Row(
          peer.name(), RowName.SESSIONS.text(), SESSIONS, openedPerSecond, 0, 0, 0, extra);
    }
  }
}
