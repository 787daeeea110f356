/* The list schedule of src/replay/engine.ts, line for line, as the yardstick of its speed. Reads a task graph as
 * little-endian arrays, runs it ROUNDS times, prints the median in ns and a checksum of starts and holders. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define R 5
#define MONITOR 16
#define CLASSES 32

static int n, edges;
static uint8_t *mask;
static double *durationNs, *priority, *notBeforeNs;
static uint32_t *first, *to;

static double *startNs, *readyNs, *eventNs, releasedNs[R], now, endedNs;
static int32_t *holder, *readyBy, *waiting, *heap, base[CLASSES], size[CLASSES], masks[CLASSES], *events, releasedBy[R];
static int32_t freeServers[R], reserved[R], *done;
static uint32_t *nextFirst, *nextTo;
static int maskCount, eventCount, busyMask, endedBy, finished;

static void pushEvent(int32_t t, double ns) {
  int i = eventCount++;
  while (i > 0) {
    int up = (i - 1) >> 1;
    if (eventNs[up] < ns || (eventNs[up] == ns && events[up] < t)) break;
    eventNs[i] = eventNs[up];
    events[i] = events[up];
    i = up;
  }
  eventNs[i] = ns;
  events[i] = t;
}

static int32_t popEvent(void) {
  int32_t top = events[0];
  int length = --eventCount;
  if (length > 0) {
    int32_t t = events[length];
    double ns = eventNs[length];
    int i = 0;
    for (;;) {
      int down = 2 * i + 1;
      if (down >= length) break;
      if (down + 1 < length && (eventNs[down + 1] < eventNs[down] || (eventNs[down + 1] == eventNs[down] && events[down + 1] < events[down]))) down++;
      if (ns < eventNs[down] || (ns == eventNs[down] && t < events[down])) break;
      eventNs[i] = eventNs[down];
      events[i] = events[down];
      i = down;
    }
    eventNs[i] = ns;
    events[i] = t;
  }
  return top;
}

static void pushReady(int32_t t) {
  int m = mask[t];
  int32_t *h = heap + base[m];
  double p = priority[t];
  int i = size[m]++;
  while (i > 0) {
    int up = (i - 1) >> 1;
    int32_t u = h[up];
    if (priority[u] < p || (priority[u] == p && u < t)) break;
    h[i] = u;
    i = up;
  }
  h[i] = t;
}

static void popReady(int m) {
  int32_t *h = heap + base[m];
  int length = --size[m];
  if (length == 0) return;
  int32_t t = h[length];
  double p = priority[t];
  int i = 0;
  for (;;) {
    int down = 2 * i + 1;
    if (down >= length) break;
    int32_t d = h[down];
    if (down + 1 < length) {
      int32_t other = h[down + 1];
      if (priority[other] < priority[d] || (priority[other] == priority[d] && other < d)) {
        down++;
        d = other;
      }
    }
    if (p < priority[d] || (p == priority[d] && t < d)) break;
    h[i] = d;
    i = down;
  }
  h[i] = t;
}

static void start(int32_t t, int m) {
  startNs[t] = now;
  if (readyBy[t] >= 0 && readyNs[t] == now) holder[t] = readyBy[t];
  else {
    int by = -1;
    for (int r = 0, held = m; held != 0; r++, held >>= 1)
      if ((held & 1) && releasedNs[r] == now && (by < 0 || releasedBy[r] < by)) by = releasedBy[r];
    if (by < 0 && notBeforeNs[t] != now && endedNs == now) by = endedBy;
    holder[t] = by;
  }
  for (int r = 0, held = m; held != 0; r++, held >>= 1)
    if ((held & 1) && --freeServers[r] == 0) busyMask |= 1 << r;
  pushEvent(t, now + durationNs[t]);
}

static void startAll(void) {
  int closed = busyMask;
  uint32_t passed = 0;
  memset(reserved, 0, sizeof reserved);
  for (;;) {
    int best = -1;
    double bestPriority = 1e300;
    int32_t bestTask = 0;
    for (int i = 0; i < maskCount; i++) {
      int m = masks[i];
      if (size[m] == 0 || (m != 0 && (m & ~closed) == 0) || (passed & (1u << m))) continue;
      int32_t t = heap[base[m]];
      double p = priority[t];
      if (p < bestPriority || (p == bestPriority && t < bestTask)) {
        best = m;
        bestPriority = p;
        bestTask = t;
      }
    }
    if (best < 0) return;
    if ((best & closed) == 0) {
      popReady(best);
      start(bestTask, best);
      closed |= busyMask;
    } else {
      passed |= 1u << best;
      if ((best & closed) == MONITOR)
        for (int r = 0; r < R; r++)
          if (best & ~MONITOR & (1 << r)) reserved[r]++;
    }
    for (int r = 0; r < R; r++)
      if (freeServers[r] <= reserved[r]) closed |= 1 << r;
  }
}

static void ends(int32_t task) {
  int depth = 0;
  done[depth++] = task;
  while (depth > 0) {
    int32_t t = done[--depth];
    finished++;
    if (endedNs != now || t < endedBy) {
      endedNs = now;
      endedBy = t;
    }
    for (uint32_t e = nextFirst[t]; e < nextFirst[t + 1]; e++) {
      int32_t s = (int32_t)nextTo[e];
      if (readyNs[s] < now || readyBy[s] < 0 || (readyNs[s] == now && t < readyBy[s])) {
        readyNs[s] = now;
        readyBy[s] = t;
      }
      if (--waiting[s] > 0) continue;
      if (notBeforeNs[s] > now) pushEvent(-1 - s, notBeforeNs[s]);
      else if (mask[s] == 0 && durationNs[s] == 0) {
        startNs[s] = now;
        holder[s] = readyBy[s];
        done[depth++] = s;
      } else pushReady(s);
    }
  }
}

static void *room(size_t count, size_t each) {
  void *p = calloc(count + 1, each);
  if (!p) exit(2);
  return p;
}

static void run(const int32_t *servers) {
  startNs = room(n, 8);
  holder = room(n, 4);
  readyNs = room(n, 8);
  readyBy = room(n, 4);
  waiting = room(n, 4);
  heap = room(n, 4);
  events = room(n, 4);
  eventNs = room(n, 8);
  done = room(n, 4);
  uint32_t *outFirst = room(n + 2, 4);
  nextTo = room(edges, 4);
  for (int e = 0; e < edges; e++) outFirst[to[e] + 2]++;
  for (int t = 2; t < n + 2; t++) outFirst[t] += outFirst[t - 1];
  for (int t = 0; t < n; t++)
    for (uint32_t e = first[t]; e < first[t + 1]; e++) nextTo[outFirst[to[e] + 1]++] = t;
  nextFirst = outFirst;
  memset(size, 0, sizeof size);
  int32_t count[CLASSES] = {0};
  for (int t = 0; t < n; t++) count[mask[t]]++;
  maskCount = 0;
  int at = 0;
  for (int m = 0; m < CLASSES; m++) {
    base[m] = at;
    at += count[m];
    if (count[m] > 0) masks[maskCount++] = m;
  }
  busyMask = eventCount = finished = 0;
  now = 0;
  endedNs = -1;
  endedBy = -1;
  for (int r = 0; r < R; r++) {
    freeServers[r] = servers[r];
    releasedNs[r] = -1;
    if (servers[r] <= 0) busyMask |= 1 << r;
  }
  for (int t = 0; t < n; t++) {
    startNs[t] = -1;
    holder[t] = -1;
    readyBy[t] = -1;
    waiting[t] = (int32_t)(first[t + 1] - first[t]);
  }
  for (int t = 0; t < n; t++)
    if (first[t + 1] == first[t] && startNs[t] == -1) {
      if (notBeforeNs[t] > 0) pushEvent(-1 - t, notBeforeNs[t]);
      else if (mask[t] == 0 && durationNs[t] == 0) {
        startNs[t] = 0;
        ends(t);
      } else pushReady(t);
    }
  for (;;) {
    startAll();
    if (eventCount == 0) break;
    now = eventNs[0];
    while (eventCount > 0 && eventNs[0] == now) {
      int32_t t = popEvent();
      if (t < 0) {
        int32_t s = -1 - t;
        if (mask[s] != 0 || durationNs[s] != 0) pushReady(s);
        else {
          startNs[s] = now;
          holder[s] = readyNs[s] == now ? readyBy[s] : -1;
          ends(s);
        }
        continue;
      }
      for (int r = 0, held = mask[t]; held != 0; r++, held >>= 1)
        if (held & 1) {
          if (freeServers[r]++ == 0) busyMask &= ~(1 << r);
          if (releasedNs[r] != now || t < releasedBy[r]) {
            releasedNs[r] = now;
            releasedBy[r] = t;
          }
        }
      ends(t);
    }
  }
}

static void freeAll(void) {
  free(startNs), free(holder), free(readyNs), free(readyBy), free(waiting), free(heap), free(events), free(eventNs), free(done), free(nextFirst), free(nextTo);
}

static void *array(FILE *f, size_t count, size_t each) {
  void *p = room(count, each);
  if (fread(p, each, count, f) != count) exit(3);
  return p;
}

static double clockNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int byValue(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc < 3) return 1;
  FILE *f = fopen(argv[1], "rb");
  if (!f) return 1;
  int rounds = atoi(argv[2]);
  int32_t head[7];
  if (fread(head, 4, 7, f) != 7) return 3;
  n = head[0];
  edges = head[1];
  durationNs = array(f, n, 8);
  priority = array(f, n, 8);
  notBeforeNs = array(f, n, 8);
  first = array(f, n + 1, 4);
  to = array(f, edges, 4);
  mask = array(f, n, 1);
  double *took = room(rounds, 8);
  uint64_t sum = 0;
  for (int i = 0; i < rounds; i++) {
    double began = clockNs();
    run(head + 2);
    took[i] = clockNs() - began;
    sum = 0;
    for (int t = 0; t < n; t++) sum = (sum * 31 + (uint64_t)startNs[t] * 7 + (uint32_t)(holder[t] + 1)) % 9007199254740881ull;
    if (finished != n) return 4;
    freeAll();
  }
  qsort(took, rounds, 8, byValue);
  printf("%.0f %llu\n", took[rounds / 2], (unsigned long long)sum);
  return 0;
}
