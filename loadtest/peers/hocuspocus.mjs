// Hocuspocus with its SQLite extension and nothing else set: HOST, PORT, DATABASE (a file).
import { SQLite } from '@hocuspocus/extension-sqlite'
import { Server } from '@hocuspocus/server'

const { HOST, PORT, DATABASE } = process.env
const server = new Server({
  address: HOST,
  port: Number(PORT),
  quiet: true,
  extensions: [new SQLite({ database: DATABASE })],
})
await server.listen()
