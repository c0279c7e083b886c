// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/** Named limits of the session socket. */
public final class FrameLimits {
  /** Of one message: one frame, or several in CBOR. A node closes the socket with 1009 above it. */
  public static final int MAX_FRAME_BYTES = 64 * 1024;

  /** UTF-8 bytes of a session id or holder id. */
  public static final int MAX_ID_BYTES = 128;

  /** UTF-8 bytes of a lock name. */
  public static final int MAX_LOCK_BYTES = 512;

  /** UTF-8 bytes of a sentence for people. */
  public static final int MAX_TEXT_BYTES = 2048;

  /** UTF-8 bytes of what the holder of a lock proclaims. */
  public static final int MAX_PROCLAIMED_BYTES = 4096;

  /** Handles in one {@link ClientFrame.ResumeSession}; more go in further ones. */
  public static final int MAX_HANDLES = 64;

  /** Nodes in one {@link ServerFrame.Welcome}. */
  public static final int MAX_NODES = 128;

  /** Details of one {@link ServerFrame.Event}. */
  public static final int MAX_DETAILS = 16;

  /**
   * {@link ClientFrame.Acquire#waitMillis()} of a caller who waits as long as its session lives.
   */
  public static final long WAIT_FOREVER = -1;

  /** UTF-8 bytes of a map's name. */
  public static final int MAX_MAP_BYTES = 128;

  /** UTF-8 bytes of a map's key. */
  public static final int MAX_KEY_BYTES = 1024;

  /** Of a map's value. Larger ones are objects. */
  public static final int MAX_VALUE_BYTES = 32 * 1024;

  /** UTF-8 bytes of {@code LOCK;TOKEN}. */
  public static final int MAX_FENCE_BYTES = 600;

  /** Changes of one batch. */
  public static final int MAX_WRITES = 127;

  /** Entries of one page; it also ends when its frame is full. */
  public static final int MAX_PAGE = 1024;

  /** Operations of one session that are open at the same time. */
  public static final int MAX_SLOTS = 1024;

  /** For {@code expected}: whatever the key holds. */
  public static final long ANY_VERSION = -1;

  private FrameLimits() {}
}
