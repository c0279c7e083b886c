// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import org.jspecify.annotations.Nullable;

/** A call to a plugin gave no answer. Its message is clipped to one line. */
final class PluginCallException extends Exception {
  private static final long serialVersionUID = 1;

  private final Kind kind;
  private final String trace;

  PluginCallException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.trace = "";
  }

  /**
   * What a plugin threw, as text: the throwable itself stays on the plugin's side, since its
   * methods are the plugin's code. Call on the plugin's thread.
   */
  private PluginCallException(Throwable thrown) {
    super(Told.of(thrown));
    this.kind = Kind.THREW;
    this.trace = Told.trace(thrown);
  }

  static PluginCallException threw(Throwable thrown) {
    return new PluginCallException(thrown);
  }

  /** The stack trace of what the plugin threw, or empty. */
  String trace() {
    return trace;
  }

  Kind kind() {
    return kind;
  }

  enum Kind {
    THREW,
    TIMED_OUT,
    /** The queue was full: says nothing about the plugin. */
    BUSY,
    /** The caller was interrupted: says nothing about the plugin. */
    INTERRUPTED;

    boolean isFaultOfPlugin() {
      return switch (this) {
        case THREW, TIMED_OUT -> true;
        case BUSY, INTERRUPTED -> false;
      };
    }
  }
}
