// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** What the checker found for one object. */
public sealed interface Verdict {
  String object();

  /** Only {@link Linearizable} is. */
  default boolean isOk() {
    return this instanceof Linearizable;
  }

  /**
   * There is an order.
   *
   * @param states how many the search has looked at
   */
  record Linearizable(String object, int operations, long states) implements Verdict {}

  /**
   * There is none.
   *
   * @param explained the longest beginning of an order that was found
   * @param state after it
   * @param stuck the operations of which none can be next
   */
  record Violated(String object, List<Operation> explained, String state, List<Operation> stuck)
      implements Verdict {
    private static final int SHOWN = 12;

    public Violated {
      explained = List.copyOf(explained);
      stuck = List.copyOf(stuck);
    }

    @Override
    public String toString() {
      List<Operation> last =
          explained.subList(Math.max(0, explained.size() - SHOWN), explained.size());
      return "%s is not linearizable. After %d operations, the last of them%n%s%nin state %s none of these can be next:%n%s"
          .formatted(object, explained.size(), lines(last), state, lines(stuck));
    }

    private static String lines(List<Operation> operations) {
      return operations.stream()
          .map(operation -> "  " + operation)
          .collect(Collectors.joining("\n"));
    }
  }

  /** The search was given up, which counts as a failure. */
  record Undecided(String object, Duration limit, long states) implements Verdict {}
}
