// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is told what, and when somebody must scan; the kit's stories see it through a backend. */
final class WatchDeliveryTest {
  private static final long DEADLINE_SECONDS = 30;

  private final BlockingQueue<String> trouble = new LinkedBlockingQueue<>();
  private final WatchDelivery<Observation> delivery =
      new WatchDelivery<>(
          "watch-test",
          Function.identity(),
          new WatchDelivery.Trouble() {
            @Override
            public void dropped(String prefix) {
              trouble.add("dropped " + prefix);
            }

            @Override
            public void failed(String prefix, RuntimeException failure) {
              trouble.add("failed " + prefix + ": " + failure.getMessage());
            }
          });

  @AfterEach
  void close() {
    delivery.close();
  }

  private Watch watch(String prefix, WatchListener listener, long revision) {
    return delivery.add(prefix, seen -> seen.key().startsWith(prefix), listener, revision);
  }

  private void change(String key, long revision) {
    delivery.changed(List.of(seen(key, revision)), revision);
  }

  private static Observation seen(String key, long revision) {
    return new Observation(new EntryKey(key), null, revision, revision);
  }

  /** Writes down what it is told, one line a change, then does what the test asks for. */
  private static class Listener implements WatchListener {
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public void started(long revision) {
      told.add("started " + revision);
    }

    @Override
    public void changed(List<Observation> observations) {
      observations.forEach(seen -> told.add(seen.key().value() + " " + seen.revision()));
    }

    @Override
    public void resync(long revision) {
      told.add("scan " + revision);
    }
  }

  private static String next(BlockingQueue<String> lines) throws InterruptedException {
    String line = lines.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    assertThat(line).as("something within the deadline").isNotNull();
    return String.valueOf(line);
  }

  @Test
  void tellsWhereItStartsThenWhatChangedUnderItsPrefix() throws InterruptedException {
    Listener listener = new Listener();
    watch("lock/", listener, 5);
    change("lock/a", 6);
    change("map/a", 7);
    change("lock/b", 8);

    delivery.start();

    assertThat(next(listener.told)).isEqualTo("started 5");
    assertThat(next(listener.told)).isEqualTo("lock/a 6");
    assertThat(next(listener.told)).isEqualTo("lock/b 8");
  }

  @Test
  void askedForAScanTellsNothingOfWhatWaitedBefore() throws InterruptedException {
    Listener listener = new Listener();
    watch("lock/", listener, 5);
    change("lock/a", 6);
    delivery.resync(9);

    delivery.start();

    assertThat(next(listener.told)).isEqualTo("started 5");
    assertThat(next(listener.told)).isEqualTo("scan 9");
    change("lock/b", 10);
    assertThat(next(listener.told)).isEqualTo("lock/b 10");
    assertThat(trouble).containsExactly("dropped lock/");
  }

  @Test
  void keepsSoManyChangesForAListenerThatIsSlow() throws InterruptedException {
    Listener listener = new Listener();
    watch("lock/", listener, 0);
    changeTimes(WatchDelivery.WAITING_MAX);

    delivery.start();

    assertThat(next(listener.told)).isEqualTo("started 0");
    for (int i = 1; i <= WatchDelivery.WAITING_MAX; i++) {
      assertThat(next(listener.told)).isEqualTo("lock/a " + i);
    }
    assertThat(trouble).isEmpty();
  }

  /** Its scan must reach the newest change, also that of another key. */
  @Test
  void asksAListenerForAScanThatCannotKeepUp() throws InterruptedException {
    Listener slow = new Listener();
    Listener other = new Listener();
    watch("lock/", slow, 0);
    watch("map/", other, 0);
    changeTimes(WatchDelivery.WAITING_MAX + 10);
    change("map/a", WatchDelivery.WAITING_MAX + 11);

    delivery.start();

    assertThat(next(slow.told)).isEqualTo("started 0");
    assertThat(next(slow.told)).isEqualTo("scan " + (WatchDelivery.WAITING_MAX + 11));
    assertThat(next(other.told)).isEqualTo("started 0");
    assertThat(next(other.told)).isEqualTo("map/a " + (WatchDelivery.WAITING_MAX + 11));
    assertThat(trouble).containsExactly("dropped lock/");
  }

  private void changeTimes(int times) {
    delivery.changed(
        LongStream.rangeClosed(1, times).mapToObj(i -> seen("lock/a", i)).toList(), times);
  }

  @Test
  void asksAListenerThatFailedForAScanUntilItsScanSucceeds() throws InterruptedException {
    AtomicInteger failures = new AtomicInteger(2);
    Listener failing =
        new Listener() {
          @Override
          public void changed(List<Observation> observations) {
            super.changed(observations);
            fail();
          }

          @Override
          public void resync(long revision) {
            super.resync(revision);
            fail();
          }

          private void fail() {
            if (failures.getAndDecrement() > 0) {
              throw new IllegalStateException("on purpose");
            }
          }
        };
    watch("lock/", failing, 5);
    delivery.start();
    assertThat(next(failing.told)).isEqualTo("started 5");

    change("lock/a", 6);
    assertThat(next(failing.told)).isEqualTo("lock/a 6");
    assertThat(next(failing.told)).isEqualTo("scan 6");
    for (int i = 0; i < 2; i++) {
      assertThat(next(trouble)).isEqualTo("failed lock/: on purpose");
      assertThat(next(trouble)).isEqualTo("dropped lock/");
    }
    change("lock/b", 7);

    // Perhaps a moment before the change, which is told then.
    String scan = next(failing.told);
    assertThat(scan).isIn("scan 6", "scan 7");
    if (scan.equals("scan 6")) {
      assertThat(next(failing.told)).isEqualTo("lock/b 7");
    }
    change("lock/c", 8);
    assertThat(next(failing.told)).isEqualTo("lock/c 8");
  }

  @Test
  void aListenerThatFailsHoldsUpNoOther() throws InterruptedException {
    Listener listener = new Listener();
    watch(
        "lock/",
        new Listener() {
          @Override
          public void started(long revision) {
            throw new IllegalStateException("on purpose");
          }
        },
        5);
    watch("lock/", listener, 5);
    change("lock/a", 6);

    delivery.start();

    assertThat(next(listener.told)).isEqualTo("started 5");
    assertThat(next(listener.told)).isEqualTo("lock/a 6");
  }

  @Test
  void tellsNothingMoreOnceTheWatchIsClosed() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    Listener ended =
        new Listener() {
          @Override
          public void started(long revision) {
            super.started(revision);
            awaitLatch(closed);
          }
        };
    Listener other = new Listener();
    Watch watch = watch("lock/", ended, 5);
    watch("lock/", other, 5);
    delivery.start();
    assertThat(next(ended.told)).isEqualTo("started 5");
    change("lock/a", 6);

    watch.close();
    closed.countDown();

    assertThat(next(other.told)).isEqualTo("started 5");
    assertThat(next(other.told)).isEqualTo("lock/a 6");
    assertThat(ended.told).isEmpty();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
