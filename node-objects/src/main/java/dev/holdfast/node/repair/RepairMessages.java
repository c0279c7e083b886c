// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.node.peer.PeerRequest;
import java.util.List;

/** What nodes ask each other about the state of copies, and about their audits. */
public final class RepairMessages {
  /** In the order of the peer codec. */
  public static final List<Class<?>> KINDS =
      List.of(
          InspectCopies.class,
          CopiesInspected.class,
          CopyReport.class,
          OrderAudit.class,
          AuditState.class);

  private RepairMessages() {}

  /**
   * Which of these heads, and the versions before them, are on your disk?
   *
   * @param versions the head of each key
   */
  public record InspectCopies(List<String> keys, List<String> versions)
      implements PeerRequest<CopiesInspected> {}

  /**
   * @param copies one for each key, in their order
   */
  public record CopiesInspected(List<CopyReport> copies) {}

  /**
   * @param lacking versions, empty when the copy is whole
   */
  public record CopyReport(List<String> lacking) {}

  /**
   * @param order {@code ask}, {@code audit}, {@code repair} or {@code cancel}
   */
  public record OrderAudit(String order) implements PeerRequest<AuditState> {}

  /**
   * How the audit of one node goes; the counts are of the one under way, or else of the last one.
   *
   * @param running whether one is under way, or about to begin
   * @param repairs whether it repairs what it finds
   * @param completed audits since the node started
   * @param begunAtMillis wall clock, 0 when there was none
   * @param keys that this node is responsible for
   * @param waiting keys that cannot be repaired now
   * @param toRepair keys whose copies are to be moved or fetched
   * @param repaired of these
   * @param failed of these: left to the next audit
   * @param copiedBytes by repairs
   * @param failure why the last audit broke off, empty when it did not
   */
  public record AuditState(
      boolean running,
      boolean repairs,
      long completed,
      long begunAtMillis,
      long keys,
      long underReplicated,
      long overReplicated,
      long misplaced,
      long unreachable,
      long waiting,
      long toRepair,
      long repaired,
      long failed,
      long copiedBytes,
      long toCopyBytes,
      String failure) {}
}
