// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

/** Why a state is not exported or imported. Nothing was changed by what was refused. */
public sealed interface TransferRefusal {
  /**
   * The cluster was written to during each scan.
   *
   * @param scans that were tried
   */
  record Busy(int scans) implements TransferRefusal {}

  /** The file is cut, changed, or of another format. */
  record BadFile(String why) implements TransferRefusal {}

  /** The cluster has a state of its own. */
  record NotEmpty() implements TransferRefusal {}

  /** This file was imported before, and the cluster has changed since. */
  record ImportedBefore() implements TransferRefusal {}

  /** The import of another file is not done. */
  record Begun() implements TransferRefusal {}

  /**
   * @param of the cluster that the file is of
   * @param former the cluster that the nodes were in last
   */
  record OtherExport(String of, String former) implements TransferRefusal {}

  /** No import is awaited that could be given up. */
  record NotAwaited() implements TransferRefusal {}

  /** The backend cannot raise its revision, so tokens could fall. */
  record NotHere() implements TransferRefusal {}
}
