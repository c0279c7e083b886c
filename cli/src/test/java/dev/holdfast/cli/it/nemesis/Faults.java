// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.cli.it.nemesis.Members.Member;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Brings faults about, and ends them. */
final class Faults {
  private static final Duration ATTACH = Duration.ofSeconds(20);
  private static final int FSYNC_DELAY_MICROS = 300_000;

  private final Members members;
  private final Links links;
  private final SmallDisks disks;
  private final Path folder;
  private int count;

  Faults(Members members, Links links, SmallDisks disks, Path folder) {
    this.members = members;
    this.links = links;
    this.disks = disks;
    this.folder = folder;
  }

  /**
   * A fault that has begun.
   *
   * @param process that it is about; of a fault of the network, the node that is there
   */
  record Active(String process, Runnable end) {}

  /** Empty when there is nothing that it could be done to, such as a pause of a dead node. */
  Optional<Active> begin(FaultKind kind, String target) throws IOException {
    Member member = members.find(target);
    LocalProcess process = member.process();
    int place = member.place();
    String name = kind + "-" + count++;
    return switch (kind) {
      case KILL -> kill(process);
      case PAUSE -> pause(process);
      case SLOW_DISK -> slowDisk(name, process);
      case FULL_DISK -> fullDisk(process);
      case ISOLATE -> cut(place, links.isolate(name, place));
      case ISLAND -> cut(place, links.island(name, place));
      case BRIDGE -> cut(place, links.bridge(name, place));
      case DEAF -> cut(place, links.deaf(name, place));
      case NO_CONNECT -> cut(place, links.noConnect(name, place));
      case FLAP -> cut(place, links.flap(name, place));
      case LOSS -> cut(place, links.loss(name, place));
      case RING -> cut(place, links.ring(name));
    };
  }

  private Optional<Active> cut(int place, Runnable heal) {
    return Optional.of(new Active(members.node(place), heal));
  }

  private static Optional<Active> kill(LocalProcess process) {
    if (!process.isAlive()) {
      return Optional.empty();
    }
    process.kill();
    return Optional.of(new Active(process.id(), process::start));
  }

  private static Optional<Active> pause(LocalProcess process) {
    if (!process.isAlive() || process.isPaused()) {
      return Optional.empty();
    }
    process.pause();
    return Optional.of(new Active(process.id(), () -> resume(process)));
  }

  private static void resume(LocalProcess process) {
    if (process.isPaused()) {
      process.resume();
    }
  }

  private Optional<Active> slowDisk(String name, LocalProcess process) throws IOException {
    if (!process.isAlive()) {
      return Optional.empty();
    }
    Path output = folder.resolve(name + ".strace");
    Process tracer =
        new ProcessBuilder(
                "strace",
                "-f",
                "-p",
                Long.toString(process.pid()),
                "-e",
                "trace=fsync,fdatasync,msync",
                "-e",
                "inject=fsync,fdatasync,msync:delay_enter=" + FSYNC_DELAY_MICROS)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Await.until(
        ATTACH,
        "strace is attached to " + process.id(),
        () -> !tracer.isAlive() || Await.get(() -> Files.readString(output)).contains("attached"));
    return Optional.of(
        new Active(
            process.id(),
            () -> {
              tracer.destroy();
              var _ = Await.get(() -> tracer.waitFor(10, TimeUnit.SECONDS));
            }));
  }

  private Optional<Active> fullDisk(LocalProcess process) {
    return disks
        .of(process.id())
        .map(disk -> {
          disk.fill();
          return new Active(process.id(), disk::free);
        });
  }
}
