// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.http.ProblemException;

/** What a client of {@code /v1/cluster} is told. */
final class ClusterProblems {
  private ClusterProblems() {}

  static ProblemException of(RemovalRefusal refusal) {
    return switch (refusal) {
      case RemovalRefusal.UnknownNode(String node) -> unknownNode(node);
      case RemovalRefusal.LastNode(String node) ->
          new ProblemException(
              409,
              "LAST_NODE",
              node + " is the only node of the cluster",
              "Stop it instead: there is nobody to take its data.");
      case RemovalRefusal.Cancelled(String node) ->
          new ProblemException(
              409,
              "REMOVAL_CANCELLED",
              "The removal of " + node + " was cancelled",
              "Ask for it again, without 'continue', if the node shall go after all.");
      case RemovalRefusal.NotLeaving(String node) ->
          new ProblemException(
              409, "NOT_LEAVING", node + " is not being removed", "There is nothing to cancel.");
      case RemovalRefusal.TooLate(String node) ->
          new ProblemException(
              409,
              "TOO_LATE",
              node + " has lost its vote or is about to",
              "Let the removal end, then start the node with an empty data folder to add it"
                  + " again.");
      case RemovalRefusal.NoMajorityLeft(String node, var staying, var down) ->
          new ProblemException(
                  503,
                  "NO_MAJORITY_LEFT",
                  "Without %s there is no majority: of %s, %s are down"
                      .formatted(node, staying, down),
                  "Nothing was changed. Start those that are down, or remove one of them first.")
              .with("down", down);
      case RemovalRefusal.Stuck(String node, long copiesLeft) ->
          new ProblemException(
                  503,
                  "DRAIN_STUCK",
                  copiesLeft + " copies on " + node + " cannot be moved now",
                  "Nothing is lost. Start the nodes that are down, or remove those first, and ask"
                      + " again. GET /v1/cluster tells.")
              .with("copiesLeft", copiesLeft);
    };
  }

  static ProblemException of(TransferRefusedException refused) {
    return switch (refused.reason()) {
      case TransferRefusal.Busy(int scans) ->
          new ProblemException(
              503,
              "EXPORT_BUSY",
              "The cluster was written to during each of " + scans + " scans",
              "Stop the clients that write, and export again.");
      case TransferRefusal.BadFile(String why) ->
          new ProblemException(
              400,
              "BAD_EXPORT",
              "The file cannot be imported: " + why,
              "Export once more, and send the file as it is.",
              refused);
      case TransferRefusal.NotEmpty _ ->
          new ProblemException(
              409,
              "NOT_EMPTY",
              "This cluster has a state of its own; nothing was imported",
              "Import into a new cluster, before anybody writes to it. To give up the state that is"
                  + " here, empty the nodes once more: docs/concepts/coordinators.md, steps 2 to"
                  + " 5.");
      case TransferRefusal.ImportedBefore _ ->
          new ProblemException(
              409,
              "NOT_EMPTY",
              "This file was imported here before, and the cluster has changed since",
              "There is nothing to do: the cluster goes on from what was imported.");
      case TransferRefusal.Begun _ ->
          new ProblemException(
              409,
              "IMPORT_BEGUN",
              "An import into this cluster has begun and is not done",
              "Repeat it with the file that it began with. Is that lost? Empty the nodes once more:"
                  + " docs/concepts/coordinators.md, steps 2 to 5.");
      case TransferRefusal.OtherExport(String of, String former) ->
          new ProblemException(
              409,
              "OTHER_EXPORT",
              "The file is of cluster %s, and the nodes of this cluster were in cluster %s last"
                  .formatted(of, former),
              "Import the file that was exported last. If it shall be this one all the same, give"
                  + " up the other state first: holdfast cluster import --begin-empty");
      case TransferRefusal.NotAwaited _ ->
          new ProblemException(
              409,
              "NOT_AWAITED",
              "This cluster does not wait for the state of another one",
              "There is nothing to do.");
      case TransferRefusal.NotHere _ ->
          new ProblemException(
              409,
              "NOT_HERE",
              "This backend cannot raise its revision, so tokens could fall",
              "Import into a cluster with another backend.",
              refused);
    };
  }

  static ProblemException unknownNode(String node) {
    return new ProblemException(
        404,
        "NODE_NOT_FOUND",
        "There is no node " + node + " in the cluster",
        "GET /v1/cluster lists the nodes.");
  }
}
