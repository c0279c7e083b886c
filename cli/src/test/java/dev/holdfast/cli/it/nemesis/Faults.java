package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Brings faults about, and ends them. */
final class Faults implements AutoCloseable {
  private static final Duration ATTACH = Duration.ofSeconds(20);
  private static final int FSYNC_DELAY_MICROS = 300_000;
  private static final int FLAP_MIN_MILLIS = 100;
  private static final int FLAP_MORE_MILLIS = 400;

  private final LocalCluster cluster;
  private final NetworkLab lab;
  private final @Nullable SmallDisk disk;
  private final Path folder;
  private final Random random;
  private final ScheduledThreadPoolExecutor flapper = new ScheduledThreadPoolExecutor(1);
  private int count;

  Faults(LocalCluster cluster, NetworkLab lab, @Nullable SmallDisk disk, Path folder, long seed) {
    this.cluster = cluster;
    this.lab = lab;
    this.disk = disk;
    this.folder = folder;
    this.random = new Random(seed);
  }

  /**
   * A fault that has begun.
   *
   * @param node that it is about
   */
  record Active(String node, Runnable end) {}

  /** Empty when there is nothing that it could be done to, such as a pause of a dead node. */
  Optional<Active> begin(FaultKind kind, String target) throws IOException {
    LocalNode node =
        target.equals(Schedule.LEADER)
            ? cluster.leader().orElse(cluster.node(0))
            : cluster.node(target);
    int index = cluster.nodes().indexOf(node);
    String fault = kind + "-" + count++;
    return switch (kind) {
      case KILL -> {
        if (!node.isAlive()) {
          yield Optional.empty();
        }
        node.kill();
        yield active(node, node::start);
      }
      case PAUSE -> {
        if (!node.isAlive() || node.isPaused()) {
          yield Optional.empty();
        }
        node.pause();
        yield active(node, () -> resume(node));
      }
      case ISOLATE -> {
        isolate(fault, index);
        yield active(node, () -> lab.heal(fault));
      }
      case ISLAND -> {
        isolate(fault, index);
        lab.rule(fault, index, List.of("iifname \"e0\" drop"));
        yield active(node, () -> lab.heal(fault));
      }
      case BRIDGE -> {
        int other = (index + 1) % cluster.nodes().size();
        lab.rule(fault, index, List.of("ip saddr " + lab.address(other) + " drop"));
        lab.rule(fault, other, List.of("ip saddr " + lab.address(index) + " drop"));
        yield active(node, () -> lab.heal(fault));
      }
      case DEAF -> {
        lab.rule(fault, index, List.of("ip saddr { " + peersOf(index) + " } drop"));
        yield active(node, () -> lab.heal(fault));
      }
      case NO_CONNECT -> {
        lab.rule(fault, index, List.of("tcp flags & (syn | ack) == syn drop"));
        yield active(node, () -> lab.heal(fault));
      }
      case LOSS -> {
        lab.rule(fault, index, List.of("iifname \"e0\" numgen random mod 100 < 30 drop"));
        yield active(node, () -> lab.heal(fault));
      }
      case FLAP -> active(node, flap(fault, index));
      case SLOW_DISK -> node.isAlive() ? slowDisk(fault, node) : Optional.empty();
      case FULL_DISK -> fullDisk(node);
    };
  }

  private static Optional<Active> active(LocalNode node, Runnable end) {
    return Optional.of(new Active(node.id(), end));
  }

  private static void resume(LocalNode node) {
    if (node.isPaused()) {
      node.resume();
    }
  }

  private void isolate(String fault, int index) {
    lab.rule(fault, index, List.of("ip saddr { " + peersOf(index) + " } drop"));
    for (int other = 0; other < cluster.nodes().size(); other++) {
      if (other != index) {
        lab.rule(fault, other, List.of("ip saddr " + lab.address(index) + " drop"));
      }
    }
  }

  private String peersOf(int index) {
    List<String> peers = new ArrayList<>();
    for (int other = 0; other < cluster.nodes().size(); other++) {
      if (other != index) {
        peers.add(lab.address(other));
      }
    }
    return String.join(", ", peers);
  }

  private Runnable flap(String fault, int index) {
    AtomicBoolean over = new AtomicBoolean();
    ScheduledFuture<?> _ =
        flapper.schedule(() -> toggle(fault, index, true, over), 0, TimeUnit.MILLISECONDS);
    return () -> {
      synchronized (over) {
        over.set(true);
        lab.heal(fault);
      }
    };
  }

  private void toggle(String fault, int index, boolean cut, AtomicBoolean over) {
    synchronized (over) {
      if (over.get()) {
        return;
      }
      if (cut) {
        isolate(fault, index);
      } else {
        lab.heal(fault);
      }
    }
    ScheduledFuture<?> _ =
        flapper.schedule(
            () -> toggle(fault, index, !cut, over),
            FLAP_MIN_MILLIS + random.nextInt(FLAP_MORE_MILLIS),
            TimeUnit.MILLISECONDS);
  }

  private Optional<Active> slowDisk(String fault, LocalNode node) throws IOException {
    Path output = folder.resolve(fault + ".strace");
    Process tracer =
        new ProcessBuilder(
                "strace",
                "-f",
                "-p",
                Long.toString(node.pid()),
                "-e",
                "trace=fsync,fdatasync,msync",
                "-e",
                "inject=fsync,fdatasync,msync:delay_enter=" + FSYNC_DELAY_MICROS)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Await.until(
        ATTACH,
        "strace is attached to " + node.id(),
        () -> !tracer.isAlive() || Await.get(() -> Files.readString(output)).contains("attached"));
    return active(
        node,
        () -> {
          tracer.destroy();
          var _ = Await.get(() -> tracer.waitFor(10, TimeUnit.SECONDS));
        });
  }

  private Optional<Active> fullDisk(LocalNode node) {
    if (disk == null || !node.id().equals(SmallDisk.NODE)) {
      return Optional.empty();
    }
    SmallDisk small = disk;
    small.fill();
    return active(node, small::free);
  }

  @Override
  public void close() {
    flapper.shutdownNow();
  }
}
