package dev.holdfast.protocol.frame;

/** Named limits of the session socket. */
public final class FrameLimits {
  /** Of one encoded frame. A node closes the socket with 1009 above it. */
  public static final int MAX_FRAME_BYTES = 64 * 1024;

  /** UTF-8 bytes of a session id or holder id. */
  public static final int MAX_ID_BYTES = 128;

  /** UTF-8 bytes of a lock name. */
  public static final int MAX_LOCK_BYTES = 512;

  /** UTF-8 bytes of a sentence for people. */
  public static final int MAX_TEXT_BYTES = 2048;

  /** Handles in one {@link ClientFrame.ResumeSession}; more go in further ones. */
  public static final int MAX_HANDLES = 64;

  /** Nodes in one {@link ServerFrame.Welcome}. */
  public static final int MAX_NODES = 128;

  /**
   * {@link ClientFrame.Acquire#waitMillis()} of a caller who waits as long as its session lives.
   */
  public static final long WAIT_FOREVER = -1;

  private FrameLimits() {}
}
