// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a request came to nothing, found so deep that an outcome would only be passed on by many
 * layers. Nothing was changed, except perhaps after {@link OutcomeUnknown}.
 */
abstract sealed class ObjectException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private ObjectException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The coordinator does not answer: not applied, may be retried. */
  static final class Unavailable extends ObjectException {
    private static final long serialVersionUID = 1;

    Unavailable(Throwable cause) {
      super("No majority of the coordinator answers.", cause);
    }
  }

  /** The commit may have been applied, or may yet be: read before another try. */
  static final class OutcomeUnknown extends ObjectException {
    private static final long serialVersionUID = 1;

    OutcomeUnknown(String what, Throwable cause) {
      super(what + " was handed over and no answer came in time.", cause);
    }
  }

  /** No node that has a copy answers. May be retried when one of them is back. */
  static final class CopiesUnreachable extends ObjectException {
    private static final long serialVersionUID = 1;
    private final transient List<String> nodes;

    CopiesUnreachable(ObjectKey key, List<String> nodes) {
      super("No copy of " + key + " can be reached; it has copies on " + nodes + ".", null);
      this.nodes = List.copyOf(nodes);
    }

    List<String> nodes() {
      return nodes;
    }
  }

  /** Its bytes were deleted by retention, on every node in reach. For good. */
  static final class VersionRemoved extends ObjectException {
    private static final long serialVersionUID = 1;

    VersionRemoved(ObjectKey key, VersionId id) {
      super("The bytes of version " + id + " of " + key + " were deleted by retention.", null);
    }
  }

  /** The body has another length than was announced. */
  static final class BodyIncomplete extends ObjectException {
    private static final long serialVersionUID = 1;

    BodyIncomplete(IOException cause) {
      super("The body does not have its announced length.", cause);
    }
  }

  /** The body stalled. */
  static final class BodyTimeout extends ObjectException {
    private static final long serialVersionUID = 1;

    BodyTimeout(IOException cause) {
      super(String.valueOf(cause.getMessage()), cause);
    }
  }

  static final class BodyTooLarge extends ObjectException {
    private static final long serialVersionUID = 1;

    BodyTooLarge(long maximumBytes) {
      super("The body has more than " + maximumBytes + " bytes.", null);
    }
  }

  /** The body is not what its sender said. */
  static final class ChecksumMismatch extends ObjectException {
    private static final long serialVersionUID = 1;

    ChecksumMismatch(String actual, String announced) {
      super("The body has SHA-256 " + actual + ", not " + announced + ".", null);
    }
  }

  /** A request of an upload is refused. */
  static final class UploadRefused extends ObjectException {
    private static final long serialVersionUID = 1;
    private final transient UploadRefusal why;

    UploadRefused(UploadRefusal why) {
      super(why.toString(), null);
      this.why = why;
    }

    UploadRefusal why() {
      return why;
    }
  }

  /** There is no memory for another body. May be retried later. */
  static final class Overloaded extends ObjectException {
    private static final long serialVersionUID = 1;

    Overloaded() {
      super("Too many bodies are under way on this node.", null);
    }
  }
}
