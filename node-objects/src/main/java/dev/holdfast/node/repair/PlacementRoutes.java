// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.cluster.ClusterProblemCodes;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.PlacementBodies;
import dev.holdfast.spi.placement.ClusterMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@code /v1/cluster/explain} and {@code /v1/cluster/simulate}. */
public final class PlacementRoutes implements Routes {
  private static final Operation EXPLAIN =
      Operation.external(
              "explainPlacement",
              "GET",
              "/v1/cluster/explain",
              Operation.Scope.METADATA,
              "Where the copies of an object are, where the policy wants them, and why.")
          .query("key", "Of the object; there need not be one.")
          .answers(200, PlacementBodies.Explanation.class);
  private static final Operation SIMULATE =
      Operation.external(
              "simulatePlacement",
              "GET",
              "/v1/cluster/simulate",
              Operation.Scope.METADATA,
              "What would be moved if a node were added or removed. Reads all heads.")
          .query("add", "The id of a node that there is not.")
          .query("labels", "Of the node to add: NAME=VALUE,...")
          .query("capacity", "Of the node to add, in bytes; by default the mean of the others.")
          .query("remove", "The id of a node that there is.")
          .answers(200, PlacementBodies.Simulation.class)
          .refuses(ClusterProblemCodes.NODE_NOT_FOUND);

  private final PlacementAnswers answers;

  public PlacementRoutes(PlacementAnswers answers) {
    this.answers = answers;
  }

  @Override
  public void register(Router router) {
    router.add(EXPLAIN, this::explain);
    router.add(SIMULATE, this::simulate);
  }

  private void explain(Exchange exchange) {
    String key = exchange.query("key").orElseThrow(() -> badQuery("'key' is missing."));
    try {
      exchange.respond(200, answers.explain(new ObjectKey(key)));
    } catch (IllegalArgumentException e) {
      throw badQuery(String.valueOf(e.getMessage()));
    }
  }

  private void simulate(Exchange exchange) {
    Optional<String> add = exchange.query("add");
    Optional<String> remove = exchange.query("remove");
    if (add.isPresent() == remove.isPresent()) {
      throw badQuery("One of 'add' and 'remove' is needed.");
    }
    exchange.respond(200, add.isPresent() ? added(add.get(), exchange) : removed(remove.get()));
  }

  private PlacementBodies.Simulation removed(String id) {
    if (!answers.isMember(id)) {
      throw new ProblemException(
          404, "NODE_NOT_FOUND", "There is no node " + id, "GET /v1/cluster lists the nodes.");
    }
    return answers.simulateRemove(id);
  }

  private PlacementBodies.Simulation added(String id, Exchange exchange) {
    if (answers.isMember(id)) {
      throw badQuery("There is a node " + id + " already.");
    }
    long capacity =
        exchange.query("capacity").map(PlacementRoutes::bytes).orElseGet(answers::meanCapacity);
    return answers.simulateAdd(
        new ClusterMap.Node(
            id,
            exchange.query("labels").map(PlacementRoutes::labels).orElse(Map.of()),
            capacity,
            ClusterMap.State.ACTIVE));
  }

  private static long bytes(String text) {
    try {
      long bytes = Long.parseLong(text);
      if (bytes > 0) {
        return bytes;
      }
    } catch (NumberFormatException e) {
      throw badQuery("'capacity' is a number of bytes, not '" + text + "'.");
    }
    throw badQuery("'capacity' is at least 1.");
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new TreeMap<>();
    for (String label : text.split(",", -1)) {
      int equals = label.indexOf('=');
      if (equals < 1) {
        throw badQuery("A label is NAME=VALUE, not '" + label + "'.");
      }
      labels.put(label.substring(0, equals), label.substring(equals + 1));
    }
    return labels;
  }

  private static ProblemException badQuery(String why) {
    return new ProblemException(400, "BAD_QUERY", why, "Correct the query and send it again.");
  }
}
