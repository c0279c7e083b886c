package dev.holdfast.node.object;

/** All holders of a write dropped out while its body came. Nothing was stored; may be retried. */
final class HoldersLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  HoldersLostException() {
    super("All chosen nodes dropped out while the body was sent", null, false, false);
  }
}
