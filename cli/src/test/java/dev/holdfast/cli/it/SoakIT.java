// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.MapClient;
import dev.holdfast.client.MapWatch;
import dev.holdfast.client.Session;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What clients take and leave is given back: after each round of work the nodes have the heap, the
 * threads, the descriptors and the entries that they had before it. {@code -Dholdfast.soak=N} for N
 * times the work, see {@code testkit/long/soak}.
 */
@HoldfastCluster
@Timeout(value = 24, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class SoakIT {
  private static final int SCALE = Integer.getInteger("holdfast.soak", 1);
  private static final int KEYS = 2_000 * SCALE;
  private static final int CLIENTS = 5 * SCALE;
  private static final int CONNECTIONS = 100 * SCALE;
  private static final int WATCHES = 100 * SCALE;
  private static final int WAITS = 100 * SCALE;
  private static final int OVERWRITES = 100 * Math.min(SCALE, 20);
  private static final int WRITERS = 16;
  private static final int AT_ONCE = 256;

  /** Sessions of clients that went without a word end after their TTL. */
  private static final Duration TTL = Duration.ofSeconds(5);

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Pools breathe, and a checkpoint may be due: a leak of a thing a client is far more. */
  private static final int THREADS_MORE_MAX = 30;

  private static final int DESCRIPTORS_MORE_MAX = 30;
  private static final long HEAP_MORE_BYTES_MAX = 32 << 20;

  /** Of what clients take; each is 0 when there is none. */
  private static final List<String> GAUGES =
      List.of(
          "holdfast_session_hosted",
          "holdfast_lock_followed",
          "holdfast_map_bytes",
          "holdfast_map_watches",
          "holdfast_socket_connections",
          "holdfast_socket_followed",
          "holdfast_socket_pending_bytes",
          "holdfast_objects_staged",
          "holdfast_objects_queued");

  private final LocalCluster cluster;
  private final Rest rest = new Rest();

  SoakIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void whatClientsTakeIsGivenBack() throws Exception {
    work("warm-up");
    Map<String, Figures> before = settled();
    for (int round = 1; round <= 2; round++) {
      work("round" + round);
      Map<String, Figures> after = settled();
      System.out.println("before " + before + "\nafter round " + round + " " + after);
      after.forEach((node, figures) -> {
        Figures begin = Objects.requireNonNull(before.get(node));
        assertThat(figures.threads())
            .as("threads of " + node)
            .isLessThanOrEqualTo(begin.threads() + THREADS_MORE_MAX);
        assertThat(figures.descriptors())
            .as("descriptors of " + node)
            .isLessThanOrEqualTo(begin.descriptors() + DESCRIPTORS_MORE_MAX);
        assertThat(figures.heapBytes())
            .as("heap of " + node)
            .isLessThanOrEqualTo(begin.heapBytes() + HEAP_MORE_BYTES_MAX);
      });
    }
  }

  /**
   * @param heapBytes in use after a collection
   */
  private record Figures(long threads, long descriptors, long heapBytes) {}

  /** Once all that clients took is back, as the nodes count it. */
  private Map<String, Figures> settled() throws Exception {
    Map<String, Figures> figures = new HashMap<>();
    for (LocalNode node : cluster.nodes()) {
      Await.until(
          PATIENCE,
          () -> "all is given back by " + node + ": " + taken(node) + temporary(node),
          () -> taken(node).isEmpty() && temporary(node).isEmpty());
      Path process = Path.of("/proc", "" + node.pid());
      collect(node);
      figures.put(
          node.id(),
          new Figures(
              entries(process.resolve("task")),
              entries(process.resolve("fd")),
              (long) sum(node, "jvm_memory_used_bytes{area=\"heap\"")));
    }
    return figures;
  }

  private Map<String, Double> taken(LocalNode node) {
    return GAUGES.stream()
        .collect(Collectors.toMap(name -> name, name -> sum(node, name)))
        .entrySet()
        .stream()
        .filter(gauge -> gauge.getValue() != 0)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private double sum(LocalNode node, String figure) {
    try {
      return rest.send(node, "GET", "/metrics", "")
          .body()
          .lines()
          .filter(line -> line.startsWith(figure))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    } catch (IOException e) {
      throw new AssertionError(node + " does not say its figures", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What is written before it has its name. */
  private static List<Path> temporary(LocalNode node) {
    try (Stream<Path> files = Files.walk(node.data().resolve("objects"))) {
      return files.filter(file -> file.toString().endsWith(".tmp")).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void collect(LocalNode node) throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    for (int i = 0; i < 2; i++) {
      int exitCode =
          new ProcessBuilder(jcmd.toString(), "" + node.pid(), "GC.run")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      assertThat(exitCode).isZero();
    }
  }

  private static long entries(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    }
  }

  private void work(String round) throws Exception {
    long begun = System.nanoTime();
    try (Holdfast holdfast = connect()) {
      keysThatComeAndGo(holdfast, round);
      watchesThatComeAndGo(holdfast);
      waitsThatAreGivenUp(holdfast);
      writersOfOneKey(holdfast, round);
    }
    clientsThatComeAndGo();
    connectionsThatSayLittle();
    System.out.printf("%s after %d ms%n", round, (System.nanoTime() - begun) / 1_000_000);
  }

  private Holdfast connect() {
    String servers = cluster.apiUris().stream().map(URI::toString).collect(Collectors.joining(","));
    return Holdfast.connect(ClientConfig.of(servers).withSessionTtl(TTL));
  }

  private static void keysThatComeAndGo(Holdfast holdfast, String round) throws Exception {
    MapClient<String> map = holdfast.map("soak");
    Semaphore room = new Semaphore(AT_ONCE);
    List<CompletableFuture<Void>> gone = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      room.acquire();
      String key = round + "/" + i;
      gone.add(
          map.setAsync(key, "value")
              .thenCompose(_ -> map.deleteAsync(key))
              .whenComplete((_, _) -> room.release()));
    }
    for (CompletableFuture<Void> one : gone) {
      one.get(1, TimeUnit.MINUTES);
    }
  }

  private static void watchesThatComeAndGo(Holdfast holdfast) {
    MapClient<String> map = holdfast.map("soak");
    for (int i = 0; i < WATCHES; i++) {
      try (MapWatch _ = map.watch("watched/" + i, _ -> {})) {
        // Closed at once, often before the node has answered.
      }
    }
  }

  private static void waitsThatAreGivenUp(Holdfast holdfast) throws Exception {
    try (Session holder = holdfast.session();
        Hold _ = holder.lock("soak/held").acquire();
        Session waiter = holdfast.session()) {
      List<CompletableFuture<Optional<Hold>>> waits = new ArrayList<>();
      for (int i = 0; i < WAITS; i++) {
        waits.add(waiter.lock("soak/held").tryAcquireAsync(Duration.ofMillis(1 + i % 50)));
        if (waits.size() >= AT_ONCE) {
          finish(waits);
        }
      }
      finish(waits);
    }
  }

  private static void finish(List<CompletableFuture<Optional<Hold>>> waits) throws Exception {
    for (CompletableFuture<Optional<Hold>> wait : waits) {
      assertThat(wait.get(1, TimeUnit.MINUTES)).isEmpty();
    }
    waits.clear();
  }

  /** None is told that too many write: they take turns. */
  private static void writersOfOneKey(Holdfast holdfast, String round) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> writes = new ArrayList<>();
      for (int i = 0; i < OVERWRITES; i++) {
        byte[] body = (round + " " + i).repeat(300).getBytes(StandardCharsets.UTF_8);
        writes.add(threads.submit(() -> holdfast.objects().put("soak/contended", body)));
      }
      for (Future<?> write : writes) {
        var _ = write.get(2, TimeUnit.MINUTES);
      }
    }
  }

  private void clientsThatComeAndGo() throws Exception {
    for (int i = 0; i < CLIENTS; i++) {
      try (Holdfast holdfast = connect()) {
        var _ = holdfast.locks().lock("soak/client").acquire();
      }
    }
  }

  /** A request that never ends, and a connection that goes. */
  private void connectionsThatSayLittle() throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      URI node = cluster.apiUris().get(i % cluster.apiUris().size());
      try (Socket socket = new Socket(node.getHost(), node.getPort())) {
        socket
            .getOutputStream()
            .write("PUT /v1/objects/soak/half HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
