// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every frame with its number. Numbers and field orders are never changed, only added. */
final class FrameTypes {
  static final List<RecordShape> ALL =
      List.of(
          RecordShape.of(1, ClientFrame.Hello.class),
          RecordShape.of(2, ClientFrame.OpenSession.class),
          RecordShape.of(3, ClientFrame.ResumeSession.class),
          RecordShape.of(4, ClientFrame.KeepAlive.class),
          RecordShape.of(5, ClientFrame.CloseSession.class),
          RecordShape.of(6, ClientFrame.Acquire.class),
          RecordShape.of(7, ClientFrame.Cancel.class),
          RecordShape.of(8, ClientFrame.Release.class),
          RecordShape.of(10, ServerFrame.Welcome.class),
          RecordShape.of(11, ServerFrame.SessionOpened.class),
          RecordShape.of(12, ServerFrame.SessionResumed.class),
          RecordShape.of(13, ServerFrame.KeptAlive.class),
          RecordShape.of(14, ServerFrame.SessionClosed.class),
          RecordShape.of(15, ServerFrame.Queued.class),
          RecordShape.of(16, ServerFrame.Granted.class),
          RecordShape.of(17, ServerFrame.Released.class),
          RecordShape.of(18, ServerFrame.Cancelled.class),
          RecordShape.of(19, ServerFrame.Lost.class),
          RecordShape.of(20, ServerFrame.SessionEnded.class),
          RecordShape.of(21, ServerFrame.Failed.class),
          RecordShape.of(22, ServerFrame.LeaderAt.class),
          RecordShape.of(30, ClientFrame.PutEntry.class),
          RecordShape.of(31, ClientFrame.DeleteEntry.class),
          RecordShape.of(32, ClientFrame.WriteEntries.class),
          RecordShape.of(33, ClientFrame.GetEntry.class),
          RecordShape.of(34, ClientFrame.ListEntries.class),
          RecordShape.of(35, ClientFrame.CountEntries.class),
          RecordShape.of(36, ClientFrame.WatchEntries.class),
          RecordShape.of(37, ClientFrame.UnwatchEntries.class),
          RecordShape.of(38, ClientFrame.AddToCounter.class),
          RecordShape.of(39, ClientFrame.SetCounter.class),
          RecordShape.of(40, ClientFrame.CompareAndSetCounter.class),
          RecordShape.of(41, ClientFrame.ReadCounter.class),
          RecordShape.of(42, ClientFrame.SetLatch.class),
          RecordShape.of(43, ClientFrame.CountDown.class),
          RecordShape.of(44, ClientFrame.AwaitLatch.class),
          RecordShape.of(45, ClientFrame.ArriveAtBarrier.class),
          RecordShape.of(46, ClientFrame.LeaveBarrier.class),
          RecordShape.of(47, ClientFrame.AwaitBarrier.class),
          RecordShape.of(48, ClientFrame.WriteEphemerals.class),
          RecordShape.of(60, ServerFrame.EntriesWritten.class),
          RecordShape.of(61, ServerFrame.EntryValue.class),
          RecordShape.of(62, ServerFrame.EntryPage.class),
          RecordShape.of(63, ServerFrame.EntryCounts.class),
          RecordShape.of(64, ServerFrame.EntriesWatched.class),
          RecordShape.of(65, ServerFrame.EntriesChanged.class),
          RecordShape.of(66, ServerFrame.EntriesResync.class),
          RecordShape.of(67, ServerFrame.CounterValue.class),
          RecordShape.of(68, ServerFrame.LatchCount.class),
          RecordShape.of(50, ClientFrame.Downgrade.class),
          RecordShape.of(51, ClientFrame.Proclaim.class),
          RecordShape.of(52, ClientFrame.Observe.class),
          RecordShape.of(53, ClientFrame.Unobserve.class),
          RecordShape.of(54, ClientFrame.AcquireDelayed.class),
          RecordShape.of(80, ServerFrame.Proclaimed.class),
          RecordShape.of(81, ServerFrame.Leader.class),
          RecordShape.of(82, ServerFrame.Observed.class),
          RecordShape.of(83, ServerFrame.Unobserved.class),
          RecordShape.of(29, ClientFrame.SubscribeEvents.class),
          RecordShape.of(90, ServerFrame.Event.class),
          RecordShape.of(69, ServerFrame.BarrierState.class));

  private static final Map<Class<?>, RecordShape> BY_CLASS = index(RecordShape::type);
  private static final Map<String, RecordShape> BY_NAME = index(RecordShape::name);
  private static final Map<Integer, RecordShape> BY_NUMBER = index(RecordShape::number);

  private FrameTypes() {}

  static RecordShape of(Frame frame) {
    RecordShape shape = BY_CLASS.get(frame.getClass());
    if (shape == null) {
      throw new AssertionError("a frame without a number: " + frame.getClass());
    }
    return shape;
  }

  /** False for a type of a later version. */
  static boolean isKnown(String name) {
    return BY_NAME.containsKey(name);
  }

  /** False for a type of a later version. */
  static boolean isKnown(long number) {
    return number == (int) number && BY_NUMBER.containsKey((int) number);
  }

  /** The frame of one direction with this name. */
  static RecordShape named(String name, Class<? extends Frame> direction) {
    RecordShape shape = BY_NAME.get(name);
    if (shape == null || !direction.isAssignableFrom(shape.type())) {
      throw unknown("\"" + (name.length() > 40 ? name.substring(0, 40) + "…" : name) + "\"");
    }
    return shape;
  }

  /** The frame of one direction with this number. */
  static RecordShape numbered(long number, Class<? extends Frame> direction) {
    RecordShape shape = number == (int) number ? BY_NUMBER.get((int) number) : null;
    if (shape == null || !direction.isAssignableFrom(shape.type())) {
      throw unknown(Long.toString(number));
    }
    return shape;
  }

  private static FrameException unknown(String type) {
    return new FrameException(
        FrameException.Code.FRAME_TYPE_UNKNOWN, "no frame of type " + type, 0, null);
  }

  private static <K> Map<K, RecordShape> index(Function<RecordShape, K> key) {
    return ALL.stream().collect(Collectors.toUnmodifiableMap(key, Function.identity()));
  }
}
