// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.history.Checker;
import dev.holdfast.testkit.history.History;
import dev.holdfast.testkit.history.Operation;
import java.net.URI;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * What clients do while things go wrong, and how it is judged. The objects of its history begin
 * with its name and a slash.
 */
interface Workload {
  String name();

  /** How many clients run it at the same time. */
  int clients();

  /** What one client does. It records every call, and returns soon after it should stop. */
  void run(Client client) throws InterruptedException;

  /** After all faults, once with each node as the client's only one: reads that must be right. */
  default void readAtTheEnd(Client client) throws InterruptedException {}

  /** What is wrong, a text each. */
  List<String> judge(List<Operation> history, Checker checker);

  /**
   * @param name unique in the run
   * @param nodes one for a client that is bound to it, else all
   */
  record Client(
      String name, List<URI> nodes, History history, Random random, BooleanSupplier stopped) {
    void think(int millisMax) throws InterruptedException {
      Thread.sleep(1 + random.nextInt(millisMax));
    }
  }
}
