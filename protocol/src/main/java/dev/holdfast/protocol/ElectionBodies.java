// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.util.List;

/** Bodies of {@code /v1/elections} and {@code /v1/groups}. */
public final class ElectionBodies {
  private ElectionBodies() {}

  /**
   * {@code GET /v1/elections/{name}}: who holds the lock of that name exclusively.
   *
   * @param candidate as the leader calls itself, empty when nobody leads
   * @param token 0 when nobody leads
   * @param value what the leader has proclaimed under this token, empty when nothing
   * @param waiting candidates that wait
   */
  public record Leader(
      String election,
      String candidate,
      String session,
      String holder,
      long token,
      String value,
      long waiting,
      long revision) {}

  /**
   * {@code PUT /v1/elections/{name}}: makes a value known for as long as the grant lasts.
   *
   * @param sequence from 1, rises with each value of this grant; a lower one changes nothing
   */
  public record Proclaim(String session, String holder, long token, long sequence, String value) {}

  /**
   * @param sequence of what is known now
   */
  public record Proclaimed(String election, long token, long sequence, long revision) {}

  /**
   * @param data what the member has told about itself
   */
  public record Member(String member, String session, String holder, long token, String data) {}

  /** {@code GET /v1/groups/{name}}, by name of the member. */
  public record Group(String group, List<Member> members, long revision) {
    public Group {
      members = List.copyOf(members);
    }
  }
}
