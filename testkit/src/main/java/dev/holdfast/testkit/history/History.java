// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records the operations of many clients. {@code System.nanoTime} of one machine is one clock for
 * all its processes on Linux, so histories of several processes may be joined. Thread-safe.
 */
public final class History {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final LongSupplier nanoTime;
  private final ReentrantLock guard = new ReentrantLock();
  private final List<Operation> ended = new ArrayList<>();
  private final Set<Call> running = new LinkedHashSet<>();

  public History(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** To be called before the request is sent; the call is over with one of the {@link Call}'s. */
  public Call call(String process, String object, String name, Map<String, String> input) {
    long now = nanoTime.getAsLong();
    Call call =
        new Call(
            new Operation(
                process, object, name, input, now, Operation.OPEN, Outcome.UNKNOWN, Map.of()));
    guard.lock();
    try {
      running.add(call);
    } finally {
      guard.unlock();
    }
    return call;
  }

  /** For what is known as a whole only afterwards, such as an interval of belief. */
  public void add(Operation operation) {
    guard.lock();
    try {
      ended.add(operation);
    } finally {
      guard.unlock();
    }
  }

  /** In the order of their calls; those that still run are unknown and open. */
  public List<Operation> operations() {
    guard.lock();
    try {
      return Stream.concat(ended.stream(), running.stream().map(call -> call.begun))
          .sorted(Comparator.comparingLong(Operation::callNanos))
          .toList();
    } finally {
      guard.unlock();
    }
  }

  /** A call that is under way. */
  public final class Call {
    private final Operation begun;

    private Call(Operation begun) {
      this.begun = begun;
    }

    public void ok(Map<String, String> answer) {
      end(Outcome.OK, answer);
    }

    public void refused(Map<String, String> answer) {
      end(Outcome.REFUSED, answer);
    }

    public void failed(String why) {
      end(Outcome.FAILED, Map.of("why", why));
    }

    public void unknown(String why) {
      end(Outcome.UNKNOWN, Map.of("why", why));
    }

    private void end(Outcome outcome, Map<String, String> answer) {
      long now = outcome == Outcome.UNKNOWN ? Operation.OPEN : nanoTime.getAsLong();
      guard.lock();
      try {
        if (running.remove(this)) {
          ended.add(begun.with(outcome, now, answer));
        }
      } finally {
        guard.unlock();
      }
    }
  }

  /** One line of JSON for each operation. */
  public static void write(Path file, List<Operation> operations) {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Operation operation : operations) {
        out.write(JSON.writeValueAsString(operation));
        out.write('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the history to " + file, e);
    }
  }

  /**
   * What {@link #write} has written.
   *
   * @throws IllegalArgumentException with the line that is no operation
   */
  public static List<Operation> read(Path file) {
    List<Operation> operations = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        operations.add(JSON.readValue(line, Operation.class));
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + ", line " + (operations.size() + 1), e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the history " + file, e);
    }
    return operations;
  }
}
