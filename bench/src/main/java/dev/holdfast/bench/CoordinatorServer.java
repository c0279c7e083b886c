package dev.holdfast.bench;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One of {@link CoordinatorProcesses}: takes a line of callers and milliseconds, answers figures.
 */
final class CoordinatorServer {
  private static final int KEYS = 10_000;
  private static final int VALUE_BYTES = 256;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private CoordinatorServer() {}

  public static void main(String[] args) throws Exception {
    String self = args[0];
    List<Voters.Member> founders = new ArrayList<>();
    for (String founder : args[2].split(",")) {
      String id = founder.substring(0, founder.indexOf('='));
      founders.add(
          new Voters.Member(id, "bench", founder.substring(founder.indexOf('=') + 1), true));
    }
    String address =
        founders.stream()
            .filter(one -> one.nodeId().equals(self))
            .findFirst()
            .orElseThrow()
            .address();
    CoordinatorFactory factory =
        ServiceLoader.load(CoordinatorFactory.class).findFirst().orElseThrow();
    try (Coordinator coordinator =
        factory.open(
            new CoordinatorFactory.Settings(
                self,
                "bench",
                Path.of(args[1]),
                address,
                founders,
                "bench",
                Map.of(),
                fatal -> Runtime.getRuntime().halt(70),
                CoordinatorFactory.Meter.NONE))) {
      while (coordinator.lease().state() != NodeLease.State.CONNECTED) {
        LockSupport.parkNanos(1_000_000);
      }
      System.out.println("ready");
      serve(coordinator);
    }
  }

  private static void serve(Coordinator coordinator) throws Exception {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      Latencies latencies = new Latencies();
      AtomicLong failures = new AtomicLong();
      long begin = System.nanoTime() + Long.parseLong(words[1]) * 1_000_000;
      long end = begin + Long.parseLong(words[2]) * 1_000_000;
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < Integer.parseInt(words[0]); i++) {
          threads.execute(() -> loop(coordinator, begin, end, latencies, failures));
        }
      }
      System.out.println("failures " + failures.get());
      System.out.println("latencies " + latencies.toLine());
    }
  }

  private static void loop(
      Coordinator coordinator, long begin, long end, Latencies latencies, AtomicLong failures) {
    Bytes value = Bytes.wrap(new byte[VALUE_BYTES]);
    for (long sent = System.nanoTime(); sent - end < 0; sent = System.nanoTime()) {
      EntryKey key = new EntryKey("bench/" + ThreadLocalRandom.current().nextInt(KEYS));
      try {
        coordinator.commit(
            new Transaction(List.of(), List.of(new Change.Put(key, value))), TIMEOUT);
        long now = System.nanoTime();
        if (sent - begin >= 0 && now - end < 0) {
          latencies.add(now - sent);
        }
      } catch (RuntimeException e) {
        failures.incrementAndGet();
        LockSupport.parkNanos(1_000_000);
      }
    }
  }
}
