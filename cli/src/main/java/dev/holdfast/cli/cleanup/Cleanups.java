// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cleanup;

import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.UpkeepBodies;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** Begins cleanups, waits for them, and shows what they freed. */
final class Cleanups {
  private static final String PATH = "/v1/cluster/cleanup";
  private static final Duration POLL = Duration.ofMillis(250);

  private final RestClient rest;
  private final Terminal terminal;

  Cleanups(RestClient rest, Terminal terminal) {
    this.rest = rest;
    this.terminal = terminal;
  }

  UpkeepBodies.Cleanup state() {
    return rest.read(RestRequest.of("GET", PATH), UpkeepBodies.Cleanup.class);
  }

  /** Begins one at each node and waits until all have ended. */
  UpkeepBodies.Cleanup run(String query) {
    // To begin it twice is to begin it once.
    UpkeepBodies.Cleanup begun =
        rest.read(RestRequest.of("POST", PATH + query).harmless(), UpkeepBodies.Cleanup.class);
    Map<String, Long> before =
        begun.nodes().stream()
            .collect(
                Collectors.toMap(
                    UpkeepBodies.NodeCleanup::node, UpkeepBodies.NodeCleanup::completed));
    while (true) {
      UpkeepBodies.Cleanup cleanup = state();
      if (cleanup.nodes().stream().allMatch(node -> isDone(node, before))) {
        return cleanup;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static boolean isDone(UpkeepBodies.NodeCleanup node, Map<String, Long> before) {
    return !node.answered()
        || (!node.running() && node.completed() != before.getOrDefault(node.node(), -1L));
  }

  void show(UpkeepBodies.Cleanup cleanup, boolean json) {
    if (json) {
      terminal.json(cleanup);
      return;
    }
    Table table =
        new Table(
            "NODE",
            "STATE",
            "DELETIONS",
            "FORGOTTEN",
            "CHUNKS",
            "TO TRASH",
            "SIZE",
            "REMOVED",
            "SIZE",
            "RESTORED",
            "IN TRASH",
            "SEGMENTS",
            "FREED");
    for (UpkeepBodies.NodeCleanup node : cleanup.nodes()) {
      table.row(
          node.node(),
          stateOf(node),
          Long.toString(node.tombstones()),
          Long.toString(node.tombstonesReaped()),
          Long.toString(node.seenChunks()),
          Long.toString(node.trashed()),
          Sizes.text(node.trashedBytes()),
          Long.toString(node.removed()),
          Sizes.text(node.removedBytes()),
          Long.toString(node.restored()),
          Sizes.text(node.inTrashBytes()),
          Long.toString(node.rewritten()),
          Sizes.text(node.reclaimedBytes()));
    }
    table.lines().forEach(terminal::line);
    showRemovals(cleanup);
    cleanup.nodes().stream()
        .filter(node -> !node.refusal().isEmpty())
        .forEach(node ->
            terminal.note("holdfast: " + node.node() + " deletes nothing: " + node.refusal()));
    cleanup.nodes().stream()
        .filter(node -> node.refusal().isEmpty() && !node.tombstonesWait().isEmpty())
        .forEach(node ->
            terminal.note(
                "holdfast: "
                    + node.node()
                    + " does not forget every old deletion yet: "
                    + node.tombstonesWait()));
  }

  /** Nothing where no node has a policy for it. */
  private void showRemovals(UpkeepBodies.Cleanup cleanup) {
    List<UpkeepBodies.NodeRemovals> shown =
        cleanup.removals().stream().filter(node -> !node.policy().isEmpty()).toList();
    if (shown.isEmpty()) {
      return;
    }
    terminal.line("");
    Table table =
        new Table(
            "NODE",
            "STATE",
            "POLICY",
            "OBJECTS",
            "VERSIONS",
            "SIZE",
            "COPIES",
            "SIZE",
            "KEPT",
            "SURPLUS",
            "FREE");
    for (UpkeepBodies.NodeRemovals node : shown) {
      table.row(
          node.node(),
          stateOf(node),
          node.policy(),
          Long.toString(node.keys()),
          Long.toString(node.versions()),
          Sizes.text(node.versionBytes()),
          Long.toString(node.copies()),
          Sizes.text(node.copyBytes()),
          Long.toString(node.kept()),
          Sizes.text(node.surplusBytes()),
          Sizes.text(node.freeBytes()));
    }
    table.lines().forEach(terminal::line);
    Table reasons = new Table("NODE", "WHAT", "COUNT", "SIZE", "WHY");
    for (UpkeepBodies.NodeRemovals node : shown) {
      for (UpkeepBodies.RemovalReason reason : node.reasons()) {
        reasons.row(
            node.node(),
            reason.kind(),
            Long.toString(reason.count()),
            Sizes.text(reason.bytes()),
            reason.reason());
      }
    }
    if (shown.stream().anyMatch(node -> !node.reasons().isEmpty())) {
      terminal.line("");
      reasons.lines().forEach(terminal::line);
    }
    shown.stream()
        .filter(node -> !node.refusal().isEmpty())
        .forEach(node ->
            terminal.note(
                "holdfast: %s removes no versions and copies: %s"
                    .formatted(node.node(), node.refusal())));
  }

  private static String stateOf(UpkeepBodies.NodeRemovals node) {
    if (node.running()) {
      return "running";
    }
    if (node.completed() == 0) {
      return "none yet";
    }
    return node.plan() ? "plan" : "done";
  }

  private static String stateOf(UpkeepBodies.NodeCleanup node) {
    if (!node.answered()) {
      return "silent";
    }
    if (node.running()) {
      return "running";
    }
    if (node.completed() == 0) {
      return "none yet";
    }
    return node.plan() ? "plan" : node.urgent() ? "done, low space" : "done";
  }
}
