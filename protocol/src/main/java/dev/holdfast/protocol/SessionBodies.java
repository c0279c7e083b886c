// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

/** Bodies of {@code /v1/sessions}. */
public final class SessionBodies {
  private SessionBodies() {}

  /**
   * {@code POST /v1/sessions}.
   *
   * @param ttl as {@link DurationText}, 1 s to 24 h
   */
  public record Create(String ttl) {}

  /**
   * Answer of create.
   *
   * @param revision of the commit that the answer rests on
   */
  public record Info(String session, String ttl, long revision) {}

  /**
   * Answer of {@code POST /v1/sessions/{id}/keepalive}.
   *
   * @param revision that the host had applied
   */
  public record KeptAlive(String session, long revision) {}
}
