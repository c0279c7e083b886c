// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** Measures commits and reads on three servers in one process. Run by hand; not a test. */
final class CommitSpeed {
  private static final int KEYS = 10_000;

  private CommitSpeed() {}

  public static void main(String[] args) throws Exception {
    int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    Path folder = Files.createTempDirectory("commit-speed");
    try (RaftCluster cluster = RaftCluster.start(folder, 3, Map.of())) {
      measure("warm-up", cluster, 64, seconds, false);
      for (int callers : new int[] {1, 32, 256, 1024}) {
        measure("commit", cluster, callers, seconds, false);
      }
      for (int callers : new int[] {1, 32, 256}) {
        measure("read", cluster, callers, seconds, true);
      }
    } finally {
      delete(folder);
    }
    System.exit(0);
  }

  private static void delete(Path folder) throws IOException {
    Folders.delete(folder);
  }

  private static void measure(
      String what, RaftCluster cluster, int callers, int seconds, boolean reads)
      throws InterruptedException {
    AtomicBoolean stop = new AtomicBoolean();
    ConcurrentLinkedQueue<long[]> times = new ConcurrentLinkedQueue<>();
    List<RaftCoordinator> nodes = cluster.nodes();
    Bytes value = Bytes.wrap(new byte[256]);
    Thread[] threads = new Thread[callers];
    for (int c = 0; c < callers; c++) {
      int caller = c;
      RaftCoordinator node = callers == 1 ? cluster.leader() : nodes.get(c % nodes.size());
      threads[c] =
          Thread.ofVirtual()
              .start(() -> {
                long[] mine = new long[callers == 1 ? 1 << 17 : 1 << 14];
                int count = 0;
                for (int i = caller; !stop.get() && count < mine.length; i += 7919) {
                  var key = RaftCluster.key("bench/" + (i % KEYS));
                  long begun = System.nanoTime();
                  if (reads) {
                    var _ = node.read(key, Duration.ofSeconds(10));
                  } else {
                    var _ =
                        node.commit(
                            new Transaction(List.of(), List.of(new Change.Put(key, value))),
                            Duration.ofSeconds(10));
                  }
                  mine[count++] = System.nanoTime() - begun;
                }
                times.add(Arrays.copyOf(mine, count));
              });
    }
    Thread.sleep(Duration.ofSeconds(seconds));
    stop.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    long[] all = times.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    System.out.printf(
        "%s, %d callers: %,d/s, p50 %.2f ms, p99 %.2f ms%n",
        what,
        callers,
        all.length / seconds,
        all[all.length / 2] / 1e6,
        all[(int) (all.length * 0.99)] / 1e6);
  }
}
