// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;

/** What clients are told while an import is awaited. */
public final class ImportProblems {
  private ImportProblems() {}

  /**
   * @throws ProblemException while clients have to wait
   */
  public static void check(AwaitedImport awaited) {
    awaited
        .refusal()
        .ifPresent(wait -> {
          throw new ProblemException(503, "IMPORT_AWAITED", wait.detail(), wait.next());
        });
  }

  /** The same router, whose handlers are reached only when nothing is awaited. */
  public static Router over(Router router, AwaitedImport awaited) {
    return (operation, handler) ->
        router.add(
            operation.refuses(ClusterProblemCodes.IMPORT_AWAITED),
            exchange -> {
              check(awaited);
              handler.handle(exchange);
            });
  }
}
