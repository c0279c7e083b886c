// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.spi.coordinator.Voters;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What every process of {@link InsidePeer} does: callers in it, on command from outside. */
final class CommitLoop {

  private CommitLoop() {}

  /** Commits one value under a key; returns when it is durable. */
  @FunctionalInterface
  interface Commit {
    void commit(int key) throws Exception;
  }

  /** As {@link InsidePeer} names them: {@code n1=host:port,…}. */
  static List<Voters.Member> members(String text) {
    List<Voters.Member> members = new ArrayList<>();
    for (String one : text.split(",")) {
      int equals = one.indexOf('=');
      members.add(
          new Voters.Member(one.substring(0, equals), "bench", one.substring(equals + 1), true));
    }
    return members;
  }

  static String addressOf(String id, List<Voters.Member> members) {
    return members.stream().filter(m -> m.nodeId().equals(id)).findFirst().orElseThrow().address();
  }

  /** Takes lines of callers, keys, milliseconds of warm-up and of counting; answers figures. */
  static void serve(Commit commit) throws IOException {
    System.out.println("ready");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      Latencies latencies = new Latencies();
      AtomicLong failures = new AtomicLong();
      int keys = Integer.parseInt(words[1]);
      long begin = System.nanoTime() + Long.parseLong(words[2]) * 1_000_000;
      long end = begin + Long.parseLong(words[3]) * 1_000_000;
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < Integer.parseInt(words[0]); i++) {
          threads.execute(() -> loop(commit, keys, begin, end, latencies, failures));
        }
      }
      System.out.println("failures " + failures.get());
      System.out.println("latencies " + latencies.toLine());
    }
  }

  private static void loop(
      Commit commit, int keys, long begin, long end, Latencies latencies, AtomicLong failures) {
    for (long sent = System.nanoTime(); sent - end < 0; sent = System.nanoTime()) {
      try {
        commit.commit(ThreadLocalRandom.current().nextInt(keys));
        long now = System.nanoTime();
        if (sent - begin >= 0 && now - end < 0) {
          latencies.add(now - sent);
        }
      } catch (Exception e) {
        failures.incrementAndGet();
        LockSupport.parkNanos(1_000_000);
      }
    }
  }
}
