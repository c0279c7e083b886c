// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import java.nio.ByteBuffer;

/** What servers ask each other outside of the log, and the answers. */
sealed interface Question {
  /** To a voter: which term are you in? */
  record Term() implements Question {}

  /** To the leader: what must a read see? */
  record Current() implements Question {}

  /** To the leader: keep this lease. */
  record Renew(long lease) implements Question {}

  /** To a voter: do you know that you vote? Answered by OK or NOT_PROVEN. */
  record Standing() implements Question {}

  /** To a voter: which is the last batch of this node that you have applied? */
  record Seen(String origin) implements Question {}

  enum Status {
    OK(1),
    /** The server does not lead, or could not prove that it still does. */
    NOT_PROVEN(2),
    /** The lease has ended, or its end is under way. */
    LEASE_GONE(3);

    private final int code;

    Status(int code) {
      this.code = code;
    }

    private static Status of(int code) {
      return switch (code) {
        case 1 -> OK;
        case 2 -> NOT_PROVEN;
        case 3 -> LEASE_GONE;
        default -> throw new IllegalArgumentException("Unknown status " + code);
      };
    }
  }

  /**
   * @param index what was committed when the round began
   * @param revision applied by the leader when it had reached {@code index}
   */
  record Reply(Status status, long index, long revision) {
    static final Reply NOT_PROVEN = new Reply(Status.NOT_PROVEN, 0, 0);

    byte[] encode() {
      return new Wire.Writer(24).u8(status.code).number(index + 1).number(revision).toArray();
    }

    static Reply decode(ByteBuffer bytes) {
      Wire.Reader in = new Wire.Reader(bytes);
      Reply reply = new Reply(Status.of(in.u8()), in.number() - 1, in.number());
      in.end();
      return reply;
    }
  }

  default byte[] encode() {
    Wire.Writer out = new Wire.Writer(128);
    return switch (this) {
      case Term _ -> out.u8(1).toArray();
      case Current _ -> out.u8(2).toArray();
      case Renew renew -> out.u8(3).number(renew.lease()).toArray();
      case Standing _ -> out.u8(4).toArray();
      case Seen seen -> out.u8(5).text(seen.origin()).toArray();
    };
  }

  static Question decode(ByteBuffer bytes) {
    Wire.Reader in = new Wire.Reader(bytes);
    int kind = in.u8();
    return switch (kind) {
      case 1 -> new Term();
      case 2 -> new Current();
      case 3 -> new Renew(in.number());
      case 4 -> new Standing();
      case 5 -> new Seen(in.text());
      default -> throw new IllegalArgumentException("Unknown question " + kind);
    };
  }
}
