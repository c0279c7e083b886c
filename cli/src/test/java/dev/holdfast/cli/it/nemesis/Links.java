// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Cuts links between namespaces, with all that lives in them. Each method returns what heals its
 * cut; a name tells the cuts of one moment apart.
 */
final class Links implements AutoCloseable {
  private static final int FLAP_MIN_MILLIS = 100;
  private static final int FLAP_MORE_MILLIS = 400;

  private final NetworkLab lab;
  private final Random random;
  private final ScheduledThreadPoolExecutor flapper = new ScheduledThreadPoolExecutor(1);

  Links(NetworkLab lab, Random random) {
    this.lab = lab;
    this.random = random;
  }

  Runnable isolate(String name, int place) {
    lab.rule(name, place, List.of("ip saddr { " + peersOf(place) + " } drop"));
    IntStream.range(0, lab.nodes())
        .filter(other -> other != place)
        .forEach(other -> drop(name, place, other));
    return heal(name);
  }

  Runnable island(String name, int place) {
    Runnable heal = isolate(name, place);
    lab.rule(name, place, List.of("iifname \"e0\" drop"));
    return heal;
  }

  Runnable bridge(String name, int place) {
    int other = (place + 1) % lab.nodes();
    drop(name, place, other);
    drop(name, other, place);
    return heal(name);
  }

  Runnable ring(String name) {
    for (int place = 0; place < lab.nodes(); place++) {
      drop(name, place, (place + 1) % lab.nodes());
    }
    return heal(name);
  }

  Runnable deaf(String name, int place) {
    lab.rule(name, place, List.of("ip saddr { " + peersOf(place) + " } drop"));
    return heal(name);
  }

  Runnable noConnect(String name, int place) {
    lab.rule(name, place, List.of("tcp flags & (syn | ack) == syn drop"));
    return heal(name);
  }

  Runnable loss(String name, int place) {
    lab.rule(name, place, List.of("iifname \"e0\" numgen random mod 100 < 30 drop"));
    return heal(name);
  }

  Runnable flap(String name, int place) {
    AtomicBoolean over = new AtomicBoolean();
    ScheduledFuture<?> _ =
        flapper.schedule(() -> toggle(name, place, true, over), 0, TimeUnit.MILLISECONDS);
    return () -> {
      synchronized (over) {
        over.set(true);
        lab.heal(name);
      }
    };
  }

  private void toggle(String name, int place, boolean cut, AtomicBoolean over) {
    synchronized (over) {
      if (over.get()) {
        return;
      }
      if (cut) {
        var _ = isolate(name, place);
      } else {
        lab.heal(name);
      }
    }
    ScheduledFuture<?> _ =
        flapper.schedule(
            () -> toggle(name, place, !cut, over),
            FLAP_MIN_MILLIS + random.nextInt(FLAP_MORE_MILLIS),
            TimeUnit.MILLISECONDS);
  }

  private void drop(String name, int from, int to) {
    lab.rule(name, to, List.of("ip saddr " + lab.address(from) + " drop"));
  }

  private String peersOf(int place) {
    return IntStream.range(0, lab.nodes())
        .filter(other -> other != place)
        .mapToObj(lab::address)
        .collect(Collectors.joining(", "));
  }

  private Runnable heal(String name) {
    return () -> lab.heal(name);
  }

  @Override
  public void close() {
    flapper.shutdownNow();
  }
}
