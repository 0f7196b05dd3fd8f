import { Faces } from './faces.jsx';

export default function Page() {
  return (
    <main>
      <h1>Facial landmarks</h1>
      <Faces />
    </main>
  );
}
