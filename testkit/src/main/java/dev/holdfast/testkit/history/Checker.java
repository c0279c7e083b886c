// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks for a linearization of a history: Wing and Gong's search, with Lowe's memory of what was
 * tried, each object by itself ("Testing for linearizability", 2017).
 */
public final class Checker {
  private final Duration limit;

  /**
   * @param limit of the search of one object; an object that is not decided by then has failed
   */
  public Checker(Duration limit) {
    this.limit = limit;
  }

  /** The verdict on each object of the history, in the order of their names. */
  public <S> List<Verdict> check(Model<S> model, List<Operation> history) {
    Map<String, List<Operation>> objects = new TreeMap<>();
    for (Operation operation : history) {
      objects.computeIfAbsent(operation.object(), _ -> new ArrayList<>()).add(operation);
    }
    List<Verdict> verdicts = new ArrayList<>();
    objects.forEach(
        (object, operations) -> verdicts.add(new Search<>(model, object, operations, limit).run()));
    return verdicts;
  }
}
