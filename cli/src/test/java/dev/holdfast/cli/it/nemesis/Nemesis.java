// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Follows a schedule. */
final class Nemesis {
  private final Schedule schedule;
  private final Faults faults;
  private final List<Event> events = new ArrayList<>();
  private final List<Running> running = new ArrayList<>();

  Nemesis(Schedule schedule, Faults faults) {
    this.schedule = schedule;
    this.faults = faults;
  }

  /** A fault as it was, with times of the monotonic clock. */
  record Event(FaultKind kind, String process, long beginNanos, long endNanos) {}

  private record Running(Schedule.Planned planned, Faults.Active active, long beginNanos) {}

  /** Returns when the schedule is over, with all faults ended; tells them as they were. */
  List<Event> run() throws IOException, InterruptedException {
    long start = System.nanoTime();
    try {
      for (Schedule.Planned planned : schedule.faults()) {
        endAllUntil(start, planned.startMillis());
        sleepUntil(start, planned.startMillis());
        long begin = System.nanoTime();
        Optional<Faults.Active> begun = faults.begin(planned.kind(), planned.target());
        begun.ifPresent(active -> running.add(new Running(planned, active, begin)));
      }
      endAllUntil(start, Long.MAX_VALUE);
      sleepUntil(start, schedule.durationMillis());
    } finally {
      for (Running left : List.copyOf(running)) {
        end(left);
      }
    }
    return List.copyOf(events);
  }

  private void endAllUntil(long start, long millis) throws InterruptedException {
    while (true) {
      Optional<Running> next =
          running.stream().min(Comparator.comparingLong(fault -> fault.planned.endMillis()));
      if (next.isEmpty() || next.get().planned.endMillis() > millis) {
        return;
      }
      sleepUntil(start, next.get().planned.endMillis());
      end(next.get());
    }
  }

  private void end(Running fault) {
    running.remove(fault);
    fault.active.end().run();
    events.add(
        new Event(
            fault.planned.kind(), fault.active.process(), fault.beginNanos, System.nanoTime()));
  }

  private static void sleepUntil(long start, long millis) throws InterruptedException {
    long left = start + TimeUnit.MILLISECONDS.toNanos(millis) - System.nanoTime();
    if (left > 0) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }
}
