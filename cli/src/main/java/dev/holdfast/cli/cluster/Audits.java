// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.UpkeepBodies;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** Begins audits, waits for them, and shows what they found. */
final class Audits {
  private static final String PATH = "/v1/cluster/audit";
  private static final Duration POLL = Duration.ofMillis(250);

  /** Between two lines about how it goes. */
  private static final Duration NOTE = Duration.ofSeconds(5);

  private final RestClient rest;
  private final Terminal terminal;

  Audits(RestClient rest, Terminal terminal) {
    this.rest = rest;
    this.terminal = terminal;
  }

  UpkeepBodies.Audit state() {
    return rest.read(RestRequest.of("GET", PATH), UpkeepBodies.Audit.class);
  }

  UpkeepBodies.Audit cancel() {
    return rest.read(RestRequest.of("DELETE", PATH).harmless(), UpkeepBodies.Audit.class);
  }

  /** Begins one at each node and waits until all have ended. */
  UpkeepBodies.Audit run(String query) {
    // To begin it twice is to begin it once.
    UpkeepBodies.Audit begun =
        rest.read(RestRequest.of("POST", PATH + query).harmless(), UpkeepBodies.Audit.class);
    Map<String, Long> before =
        begun.nodes().stream()
            .collect(
                Collectors.toMap(UpkeepBodies.NodeAudit::node, UpkeepBodies.NodeAudit::completed));
    LongSupplier nanos = terminal.nanos();
    long noted = nanos.getAsLong();
    while (true) {
      UpkeepBodies.Audit audit = state();
      if (audit.nodes().stream().allMatch(node -> isDone(node, before))) {
        return audit;
      }
      if (nanos.getAsLong() - noted > NOTE.toNanos()) {
        noted = nanos.getAsLong();
        terminal.note("holdfast: " + progress(audit));
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static boolean isDone(UpkeepBodies.NodeAudit node, Map<String, Long> before) {
    return !node.answered()
        || (!node.running() && node.completed() != before.getOrDefault(node.node(), -1L));
  }

  private static String progress(UpkeepBodies.Audit audit) {
    String left = audit.secondsLeft() < 0 ? "" : ", " + audit.secondsLeft() + " s left";
    return "%d objects audited, %d of %d repaired, %s of %s copied%s"
        .formatted(
            audit.keys(),
            audit.repaired(),
            audit.toRepair(),
            Sizes.text(audit.copiedBytes()),
            Sizes.text(audit.toCopyBytes()),
            left);
  }

  void show(UpkeepBodies.Audit audit, boolean json) {
    if (json) {
      terminal.json(audit);
      return;
    }
    Table table =
        new Table(
            "NODE",
            "STATE",
            "OBJECTS",
            "UNDER",
            "OVER",
            "MISPLACED",
            "UNREACHABLE",
            "REPAIRED",
            "FAILED",
            "WAITING",
            "COPIED");
    for (UpkeepBodies.NodeAudit node : audit.nodes()) {
      table.row(
          node.node(),
          stateOf(node),
          text(node.keys()),
          text(node.underReplicated()),
          text(node.overReplicated()),
          text(node.misplaced()),
          text(node.unreachable()),
          text(node.repaired()),
          text(node.failed()),
          text(node.waiting()),
          Sizes.text(node.copiedBytes()));
    }
    table.lines().forEach(terminal::line);
    audit.nodes().stream()
        .filter(node -> !node.failure().isEmpty())
        .forEach(node -> terminal.note("holdfast: " + node.node() + ": " + node.failure()));
  }

  private static String stateOf(UpkeepBodies.NodeAudit node) {
    if (!node.answered()) {
      return "silent";
    }
    if (node.running()) {
      return "running";
    }
    return node.completed() == 0 ? "none yet" : "done";
  }

  private static String text(long number) {
    return Long.toString(number);
  }
}
