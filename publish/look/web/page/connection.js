// The live connection. It asks for the next map when the last is drawn, and comes back when it breaks.

const WRONG_TOKEN = 4401; // as in server.py
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 3000;

/** Keep a connection open for ever; `onPacket` gets ArrayBuffers, `onState` "live", "lost" or "token", `onNews` what
 *  is going on before the first map. */
export function connect({ onPacket, onNews, onState }) {
  let wait = FIRST_WAIT_MS;

  function open() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/live?token=${encodeURIComponent(token)}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      wait = FIRST_WAIT_MS;
      onState("live");
      socket.send("next");
    };
    socket.onmessage = async (message) => {
      if (typeof message.data === "string") {
        onNews(JSON.parse(message.data));
        return;
      }
      try {
        await onPacket(message.data);
      } finally {
        if (socket.readyState === WebSocket.OPEN) socket.send("next");
      }
    };
    socket.onclose = (event) => {
      if (event.code === WRONG_TOKEN) {
        onState("token");
        return;
      }
      onState("lost");
      setTimeout(open, wait);
      wait = Math.min(wait * 1.6, LONGEST_WAIT_MS);
    };
  }

  // The page of a new run has another token: it comes with the address.
  addEventListener("hashchange", () => location.reload());
  open();
}
