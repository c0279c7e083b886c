// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.http.ProblemCode;

/** Of {@code /v1/cluster}. */
public final class ClusterProblemCodes {
  public static final ProblemCode NODE_NOT_FOUND =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "NODE_NOT_FOUND",
          "No such node in the cluster.",
          "`GET /v1/cluster` lists them.",
          404);

  public static final ProblemCode LAST_NODE =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "LAST_NODE",
          "The only node cannot be removed.",
          "Stop it instead.",
          409);

  public static final ProblemCode DRAIN_STUCK =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "DRAIN_STUCK",
          "Copies of the leaving node cannot be moved now; `copiesLeft`.",
          "Bring the others up, ask again.",
          503);

  public static final ProblemCode BAD_EXPORT =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "BAD_EXPORT",
          "The file to import is cut, changed, or of another format.",
          "Export once more.",
          400);

  public static final ProblemCode NOT_EMPTY =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "NOT_EMPTY",
          "The cluster to import into has a state of its own, or has changed since this very file"
              + " was imported. Nothing was imported.",
          "Import into a new cluster.",
          409);

  public static final ProblemCode IMPORT_AWAITED =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "IMPORT_AWAITED",
          "The cluster was founded anew on the data folders of another one, or an import is under"
              + " way: clients have to wait.",
          "`holdfast cluster import FILE`.",
          503);

  public static final ProblemCode IMPORT_BEGUN =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "IMPORT_BEGUN",
          "The import of another file has begun and is not done.",
          "Repeat it with that file.",
          409);

  public static final ProblemCode OTHER_EXPORT =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "OTHER_EXPORT",
          "The file is of another cluster than the one which the nodes were in last.",
          "Import the file that was exported last.",
          409);

  public static final ProblemCode NOT_AWAITED =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "NOT_AWAITED",
          "No import is awaited that could be given up.",
          "There is nothing to do.",
          409);

  public static final ProblemCode EXPORT_BUSY =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "EXPORT_BUSY",
          "The cluster was written to during each scan.",
          "Stop the clients that write, export again.",
          503);

  public static final ProblemCode NOT_A_VOTER =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "NOT_A_VOTER",
          "The node observes, and cannot lead.",
          "Choose a voter.",
          409);

  public static final ProblemCode NOT_LEAVING =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "NOT_LEAVING",
          "The node is not being removed.",
          "There is nothing to cancel.",
          409);

  public static final ProblemCode REMOVAL_CANCELLED =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "REMOVAL_CANCELLED",
          "The removal was cancelled while it was under way.",
          "Ask for it again if the node shall go after all.",
          409);

  public static final ProblemCode TOO_LATE =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "TOO_LATE",
          "The node has lost its vote or is about to.",
          "Let the removal end; start it with an empty folder to add it again.",
          409);

  public static final ProblemCode NOT_HERE =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "NOT_HERE",
          "The backend elects its servers itself.",
          "Use the backend's own tools.",
          409);

  public static final ProblemCode NO_MAJORITY_LEFT =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "NO_MAJORITY_LEFT",
          "Without the node, most of the voters would be `down`. Nothing was changed.",
          "Start these, or remove one of them first.",
          503);

  private ClusterProblemCodes() {}
}
