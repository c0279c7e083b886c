// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.barrier;

import dev.holdfast.core.Names;
import java.util.List;

/**
 * @param parties that trip it
 * @param round rises each time that it trips
 * @param arrived in this round, in their order; fewer than the parties
 */
public record Barrier(int parties, long round, List<Party> arrived) {
  public static final int PARTIES_MAX = 100;

  public Barrier {
    arrived = List.copyOf(arrived);
    if (parties < 1 || parties > PARTIES_MAX || round < 0 || arrived.size() >= parties) {
      throw new IllegalArgumentException(
          "A barrier has 1 to " + PARTIES_MAX + " parties: " + parties + ", " + arrived.size());
    }
  }

  /**
   * @param id that the session chose, of one arrival
   */
  public record Party(String session, String id) {
    public Party {
      Names.require(session, Names.sessionProblem(session));
      Names.require(id, Names.holderProblem(id));
    }
  }
}
