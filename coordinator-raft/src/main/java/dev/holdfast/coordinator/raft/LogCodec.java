// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.Command.Batch;
import dev.holdfast.coordinator.raft.Command.Check;
import dev.holdfast.coordinator.raft.Command.CheckKind;
import dev.holdfast.coordinator.raft.Command.Edit;
import dev.holdfast.coordinator.raft.Command.EditKind;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Transaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of log entries and of their answers. The first byte names the format. */
final class LogCodec {
  static final int FORMAT = 1;

  /** Several batches in one entry, or their answers in one. */
  private static final int JOINT = 2;

  static final int COMMIT = 1;
  static final int OPEN_LEASE = 2;
  static final int END_LEASE = 3;
  static final int EXPIRE_LEASE = 4;
  static final int RAISE_REVISION = 5;

  private static final int COMMITTED = 1;
  private static final int CONFLICT = 2;
  private static final int LEASE_GONE = 3;
  private static final int LEASE_OPENED = 4;
  private static final int LEASE_ENDED = 5;

  private static final int ABSENT = 0;
  private static final int PRESENT = 1;
  private static final int OMITTED = 2;

  private LogCodec() {}

  static Command.Commit commit(Transaction transaction, long lease) {
    List<Check> checks = new ArrayList<>(transaction.conditions().size());
    for (Condition condition : transaction.conditions()) {
      Bytes key = Bytes.wrap(condition.key().utf8());
      checks.add(
          switch (condition) {
            case Condition.AbsentSince since ->
                new Check(CheckKind.ABSENT_SINCE, key, since.revision());
            case Condition.Exists _ -> new Check(CheckKind.EXISTS, key, 0);
            case Condition.AtVersion at -> new Check(CheckKind.AT_VERSION, key, at.version());
          });
    }
    List<Edit> edits = new ArrayList<>(transaction.changes().size());
    for (Change change : transaction.changes()) {
      Bytes key = Bytes.wrap(change.key().utf8());
      edits.add(
          switch (change) {
            case Change.Put put -> new Edit(EditKind.PUT, key, put.value());
            case Change.PutLeased put -> new Edit(EditKind.PUT_LEASED, key, put.value());
            case Change.Delete _ -> new Edit(EditKind.DELETE, key, Bytes.EMPTY);
          });
    }
    return new Command.Commit(lease, checks, edits);
  }

  static byte[] encodeBatch(Batch batch) {
    Wire.Writer out = new Wire.Writer(4096);
    out.u8(FORMAT).text(batch.origin()).number(batch.sequence()).number(batch.commands().size());
    for (Command command : batch.commands()) {
      switch (command) {
        case Command.Commit commit -> writeCommit(out, commit);
        case Command.OpenLease open ->
            out.u8(OPEN_LEASE).text(open.nodeId()).number(open.ttlMillis());
        case Command.EndLease end -> out.u8(END_LEASE).number(end.lease());
        case Command.ExpireLease expire ->
            out.u8(EXPIRE_LEASE).number(expire.lease()).number(expire.term());
        case Command.RaiseRevision raise -> out.u8(RAISE_REVISION).number(raise.base());
      }
    }
    return out.toArray();
  }

  private static void writeCommit(Wire.Writer out, Command.Commit commit) {
    out.u8(COMMIT).number(commit.lease()).number(commit.checks().size());
    for (Check check : commit.checks()) {
      out.u8(check.kind().code).bytes(check.key()).number(check.number());
    }
    out.number(commit.edits().size());
    for (Edit edit : commit.edits()) {
      out.u8(edit.kind().code).bytes(edit.key()).bytes(edit.value());
    }
  }

  static Batch decodeBatch(ByteBuffer bytes) {
    Wire.Reader in = new Wire.Reader(bytes);
    in.format(FORMAT, "A log entry");
    String origin = in.text();
    long sequence = in.number();
    int count = in.count();
    List<Command> commands = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      commands.add(readCommand(in));
    }
    in.end();
    return new Batch(origin, sequence, commands);
  }

  /** One entry of the log: a batch as it is, several one after the other. */
  static byte[] join(List<byte[]> batches) {
    if (batches.size() == 1) {
      return batches.getFirst();
    }
    Wire.Writer out = new Wire.Writer(4096);
    out.u8(JOINT).number(batches.size());
    batches.forEach(batch -> out.bytes(Bytes.wrap(batch)));
    return out.toArray();
  }

  /** What {@link #join} has joined. */
  static List<ByteBuffer> split(ByteBuffer bytes) {
    if (!bytes.hasRemaining() || bytes.get(bytes.position()) != JOINT) {
      return List.of(bytes);
    }
    Wire.Reader in = new Wire.Reader(bytes);
    in.format(JOINT, "A log entry");
    int count = in.count();
    List<ByteBuffer> parts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      parts.add(in.bytes().asBuffer());
    }
    in.end();
    return parts;
  }

  private static Command readCommand(Wire.Reader in) {
    int kind = in.u8();
    return switch (kind) {
      case COMMIT -> readCommit(in);
      case OPEN_LEASE -> new Command.OpenLease(in.text(), in.number());
      case END_LEASE -> new Command.EndLease(in.number());
      case EXPIRE_LEASE -> new Command.ExpireLease(in.number(), in.number());
      case RAISE_REVISION -> new Command.RaiseRevision(in.number());
      default -> throw new IllegalArgumentException("Unknown command " + kind);
    };
  }

  private static Command.Commit readCommit(Wire.Reader in) {
    long lease = in.number();
    int checkCount = in.count();
    List<Check> checks = new ArrayList<>(checkCount);
    for (int i = 0; i < checkCount; i++) {
      checks.add(new Check(checkKind(in.u8()), in.bytes(), in.number()));
    }
    int editCount = in.count();
    List<Edit> edits = new ArrayList<>(editCount);
    for (int i = 0; i < editCount; i++) {
      edits.add(new Edit(editKind(in.u8()), in.bytes(), in.bytes()));
    }
    return new Command.Commit(lease, checks, edits);
  }

  static CheckKind checkKind(int code) {
    return switch (code) {
      case 1 -> CheckKind.ABSENT_SINCE;
      case 2 -> CheckKind.EXISTS;
      case 3 -> CheckKind.AT_VERSION;
      default -> throw new IllegalArgumentException("Unknown condition " + code);
    };
  }

  static EditKind editKind(int code) {
    return switch (code) {
      case 1 -> EditKind.PUT;
      case 2 -> EditKind.DELETE;
      case 3 -> EditKind.PUT_LEASED;
      default -> throw new IllegalArgumentException("Unknown change " + code);
    };
  }

  static byte[] encodeAnswers(List<Answer> answers) {
    Wire.Writer out = new Wire.Writer(16 + 8 * answers.size());
    out.u8(FORMAT).number(answers.size());
    for (Answer answer : answers) {
      switch (answer) {
        case Answer.Committed committed -> out.u8(COMMITTED).number(committed.revision());
        case Answer.Conflict conflict -> writeConflict(out, conflict);
        case Answer.LeaseGone _ -> out.u8(LEASE_GONE);
        case Answer.LeaseOpened opened -> out.u8(LEASE_OPENED).number(opened.lease());
        case Answer.LeaseEnded _ -> out.u8(LEASE_ENDED);
      }
    }
    return out.toArray();
  }

  private static void writeConflict(Wire.Writer out, Answer.Conflict conflict) {
    out.u8(CONFLICT).number(conflict.failed().size());
    for (Answer.Seen seen : conflict.failed()) {
      Bytes value = seen.value();
      out.u8(seen.omitted() ? OMITTED : value == null ? ABSENT : PRESENT);
      out.bytes(seen.key()).number(seen.deleted()).number(seen.revision());
      if (value != null) {
        out.bytes(value).number(seen.version());
      }
    }
  }

  static List<Answer> decodeAnswers(ByteBuffer bytes) {
    Wire.Reader in = new Wire.Reader(bytes);
    in.format(FORMAT, "An answer");
    int count = in.count();
    List<Answer> answers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int kind = in.u8();
      answers.add(
          switch (kind) {
            case COMMITTED -> new Answer.Committed(in.number());
            case CONFLICT -> readConflict(in);
            case LEASE_GONE -> new Answer.LeaseGone();
            case LEASE_OPENED -> new Answer.LeaseOpened(in.number());
            case LEASE_ENDED -> new Answer.LeaseEnded();
            default -> throw new IllegalArgumentException("Unknown answer " + kind);
          });
    }
    in.end();
    return answers;
  }

  private static Answer.Conflict readConflict(Wire.Reader in) {
    int count = in.count();
    List<Answer.Seen> failed = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int state = in.u8();
      Bytes key = in.bytes();
      long deleted = in.number();
      long revision = in.number();
      @Nullable Bytes value = null;
      long version = 0;
      if (state == PRESENT) {
        value = in.bytes();
        version = in.number();
      }
      failed.add(new Answer.Seen(key, value, version, deleted, revision, state == OMITTED));
    }
    return new Answer.Conflict(failed);
  }
}
